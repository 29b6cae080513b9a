"""The first lines that run in a child: they must run under any Python, to say what is wrong with it.

:data:`SOURCE` is given to ``python -c``. It takes the wire away from standard input and output, so that nothing a
user prints can get into it, finds NumPy, and makes this program's own packages importable, and nothing else of the
environment they are installed in: that may be of another Python.
"""

from __future__ import annotations

SOURCE = r"""
import sys
if sys.path and sys.path[0] == "":
    del sys.path[0]
import os
wire_in, wire_out = os.dup(0), os.dup(1)
null = os.open(os.devnull, os.O_RDONLY)
os.dup2(null, 0)
os.close(null)
os.dup2(2, 1)
os.write(wire_out, b"\0steplang\0")
import json, struct
def send(message):
    body = json.dumps(message).encode()
    os.write(wire_out, struct.pack(">I", len(body)) + body)
version = "%d.%d.%d" % sys.version_info[:3]
if sys.version_info < (3, 11):
    send({"kind": "refused", "reason": "python", "python": version})
    sys.exit(0)
from importlib.machinery import PathFinder
class Finder(object):
    folders = json.loads(sys.argv[1])
    def find_spec(self, name, path=None, target=None):
        folder = self.folders.get(name)
        return PathFinder.find_spec(name, [folder]) if folder else None
sys.meta_path.insert(0, Finder())
try:
    import numpy
except ImportError as error:
    send({"kind": "refused", "reason": "numpy", "python": version, "detail": str(error)})
    sys.exit(0)
if int(numpy.__version__.split(".")[0]) < 2:
    send({"kind": "refused", "reason": "numpy", "python": version, "detail": "NumPy " + numpy.__version__})
    sys.exit(0)
from step.sandbox.child import main
main(wire_in, wire_out, Finder.folders, json.loads(sys.argv[2]))
"""
