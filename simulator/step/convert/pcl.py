"""The importer of PCL-lite's task files."""

from __future__ import annotations

from step.convert.pcl_file import read_task_file
from step.convert.pcl_module import module_text
from step.rewrite import Fix, fix_all


def from_pcl_lite(text: str) -> tuple[str, tuple[Fix, ...]]:
    """The operator module of a task file, and what was repaired in its ``impl``.

    PCL-lite's own solutions use a stream more than once; here that takes a Copy, which is inserted.

    Raises:
        ConvertError: the text is no task file.
    """
    return fix_all(module_text(read_task_file(text)))
