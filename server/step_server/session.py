"""The state of one client's session: what it can do, what it chose, which folders it has open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from step_server.client import Client
from step_server.documents import Documents, key_of, path_of
from step_server.settings import Settings


@dataclass
class Session:
    """Small and in one place: everything else is derived from it, or from a snapshot."""

    client: Client = field(default_factory=Client)
    documents: Documents = field(default_factory=Documents)
    settings: Settings = field(default_factory=Settings)
    initial: Settings = field(default_factory=Settings)
    """What the client chose when it introduced itself: what a later choice leaves out has this value again."""
    folder_settings: dict[str, Settings] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

    def folder_of(self, uri: str) -> str | None:
        """The URI of the innermost workspace folder that a document is in."""
        key = key_of(uri)
        inside = [one for one in self.folders if f"{key}/".startswith(f"{key_of(one).rstrip('/')}/")]
        return max(inside, key=lambda one: len(key_of(one)), default=None)

    def folder_path(self, uri: str) -> Path | None:
        """The path of a document's folder; where it has none, of the directory that it is in, and where it is no file
        (yet), of the first folder."""
        path = path_of(uri)
        folder = self.folder_of(uri) or (self.folders[0] if self.folders and path is None else None)
        if folder is not None and (of_folder := path_of(folder)):
            return Path(of_folder)
        return Path(path).parent if path else None

    def settings_of(self, uri: str) -> Settings:
        """The settings that hold for a document: its folder's."""
        return self.folder_settings.get(self.folder_of(uri) or "", self.settings)
