"""The packed extension, made again when its sources are newer."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .install import InstallError, one_at_a_time
from .paths import EXTENSION, ROOT

TARGET = EXTENSION / "steplang.vsix"
FOLDERS = ("src", "webview", "media", "snippets", "sample", "scripts")
PACKAGES = ("simulator", "agents", "server")


def vsix() -> Path:
    """`steplang.vsix`, up to date."""
    with one_at_a_time("package"):
        if not TARGET.exists() or TARGET.stat().st_mtime < max(path.stat().st_mtime for path in _sources()):
            build()
    return TARGET


def build() -> None:
    """`npm ci` where needed, then `npm run package`.

    Raises:
        InstallError: npm failed; the message has its output
    """
    installed = EXTENSION / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (EXTENSION / "package-lock.json").stat().st_mtime:
        _npm("ci", "--no-audit", "--no-fund")
    _npm("run", "package")


def pack_plain(folder: Path, target: Path) -> Path:
    """Packs a folder with a `package.json` and plain JavaScript: a stand-in for somebody else's extension."""
    manifest = json.loads((folder / "package.json").read_text())
    identity = f'Id="{manifest["name"]}" Publisher="{manifest["publisher"]}" Version="{manifest["version"]}"'
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("extension.vsixmanifest", _MANIFEST.format(identity=identity, name=manifest["displayName"]))
        for path in sorted(folder.iterdir()):
            archive.write(path, f"extension/{path.name}")
    return target


_CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension=".json" ContentType="application/json"/>'
    '<Default Extension=".js" ContentType="application/javascript"/>'
    '<Default Extension=".vsixmanifest" ContentType="text/xml"/></Types>'
)
_MANIFEST = (
    '<?xml version="1.0"?><PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">'
    '<Metadata><Identity Language="en-US" {identity}/><DisplayName>{name}</DisplayName></Metadata>'
    '<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation><Dependencies/>'
    '<Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>'
    "</Assets></PackageManifest>"
)


def _sources() -> Iterator[Path]:
    yield from (EXTENSION / name for name in ("package.json", "package-lock.json", "README.md"))
    for folder in FOLDERS:
        yield from (path for path in (EXTENSION / folder).rglob("*") if path.is_file())
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def _npm(*arguments: str) -> None:
    print(f"npm {' '.join(arguments)} in {EXTENSION.name}", file=sys.stderr, flush=True)
    done = subprocess.run(["npm", *arguments], cwd=EXTENSION, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallError(f"`npm {' '.join(arguments)}` failed:\n{(done.stdout + done.stderr)[-4000:]}")
