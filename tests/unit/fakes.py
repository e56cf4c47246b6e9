"""A landing for connectors that are tested without a batch, and landed files made of given content."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
import zstandard

from trimestre.sources.answers import JsonLinesWriter, read_answers
from trimestre.sources.base import LandedFile


class FakeLanding:
    """Lands into a folder what a batch receives: files, the same content once, and answers of an API."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[LandedFile] = []
        self.left: list[tuple[str, str, str, str]] = []

    def store_file(self, dataset: str, scope: str, path: Path) -> None:
        file = landed(self.folder, path.read_bytes(), path.name, dataset, scope, len(self.files) + 1)
        if all(one.sha256 != file.sha256 for one in self.files):
            self.files.append(file)

    def leave_out(self, dataset: str, scope: str, name: str, reason: str) -> None:
        self.left.append((dataset, scope, name, reason))

    def open_answers(self, dataset: str, scope: str) -> JsonLinesWriter:
        self.folder.mkdir(exist_ok=True)
        number = len(self.files) + 1
        path = self.folder / f"{number}.jsonl.zst"
        self.files.append(LandedFile(number, dataset, scope, path, path.name, ""))
        return JsonLinesWriter(path)

    def answers(self, dataset: str, scope: str | None = None) -> list[dict[str, Any]]:
        """What was landed of a dataset, of one scope or of all."""
        files = [file for file in self.files if file.dataset == dataset and scope in (None, file.scope)]
        return [answer for file in files for answer in read_answers(file.path)]

    def text(self) -> str:
        """Everything that was landed, to look for what must not be there."""
        return "".join(json.dumps(answer) for file in self.files for answer in read_answers(file.path))


def landed(
    folder: Path, content: bytes, name: str = "datos.csv", dataset: str = "lista", scope: str = "S1", number: int = 1
) -> LandedFile:
    """A landed file with this content."""
    folder.mkdir(exist_ok=True)
    target = folder / f"{number}.zst"
    target.write_bytes(zstandard.compress(content))
    return LandedFile(number, dataset, scope, target, name, hashlib.sha256(content).hexdigest())


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit what a YAML file holds."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
