"""What one batch receives: files and answers written as they come, and taken back where they are known already.

Data flow: connector.fetch -> BatchLanding -> <landing>/<source>/<batch>/*.zst and their lines of the manifest.
"""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import zstandard

from trimestre.sources.answers import JsonLinesWriter
from trimestre.sources.base import AnswerWriter, LeftOut
from trimestre.texts import BATCH_MESSAGES, CAPTURE_REFUSALS
from trimestre.warehouse.decisions import is_personal

BLOCK = 1 << 20
"""Bytes that are read at once."""

_NAMED = 5
"""Of more files that were left out the message tells how many."""

Scope = tuple[str, str]
"""Dataset and scope."""
Snapshots = dict[Scope, set[str]]
"""Dataset and scope -> checksums of the files that are its snapshot together."""


@dataclass(frozen=True)
class _Stored:
    """One line of a manifest."""

    dataset: str
    scope: str
    path: str
    sha256: str
    bytes: int
    original_name: str
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class _Left:
    """A file that was there and was not brought over."""

    dataset: str
    scope: str
    original_name: str
    reason: LeftOut


class BatchLanding:
    """The landing of one batch; implements :class:`trimestre.sources.base.Landing`."""

    def __init__(self, root: Path, folder: Path, dropped: tuple[str, ...]) -> None:
        self._root = root
        self._folder = folder
        self._dropped = dropped
        self.stored: list[_Stored] = []
        self.left: list[_Left] = []

    def store_file(self, dataset: str, scope: str, path: Path) -> None:
        """Land a file as it is, read in blocks."""
        checksum = hashlib.sha256()
        target = self._target(dataset)
        size = 0
        compressor = zstandard.ZstdCompressor(level=3)
        with path.open("rb") as source, target.open("xb") as raw, compressor.stream_writer(raw) as writer:
            while block := source.read(BLOCK):
                checksum.update(block)
                size += len(block)
                writer.write(block)
        self._add(dataset, scope, target, checksum.hexdigest(), size, path.name)

    def leave_out(self, dataset: str, scope: str, name: str, reason: LeftOut) -> None:
        """Note a file that waits for the next night."""
        # Names are told as they can be seen, so that two may be told alike.
        if all((left.dataset, left.original_name) != (dataset, name) for left in self.left):
            self.left.append(_Left(dataset, scope, name, reason))

    def open_answers(self, dataset: str, scope: str) -> AbstractContextManager["AnswerWriter"]:
        """Land the answers of an API as JSON lines, one file for all of a dataset's calls in a scope."""
        return _Answers(self, dataset, scope, self._target(dataset))

    def drop_known(self, merged: Snapshots, partial: set[Scope]) -> None:
        """Take back the files of every dataset and scope that hold exactly what was merged last.

        Where that was ``partial`` and nothing is left out now, what is missing is gone: they are taken once more.
        """
        known = {scope for scope, checksums in self._held().items() if merged.get(scope) == checksums}
        self._drop(known - (partial - {(file.dataset, file.scope) for file in self.left}))

    def said_of_left(self) -> list[str]:
        """What is said of the files that were left out; nothing where none was."""
        reasons = {file.original_name: file.reason for file in self.left}
        named = [
            f"{CAPTURE_REFUSALS['hidden'] if is_personal(name) else name} ({BATCH_MESSAGES[f'left_{reason}']})"
            for name, reason in sorted(reasons.items())
        ]
        if len(named) > _NAMED:
            named[_NAMED:] = [BATCH_MESSAGES["left_more"].format(count=len(named) - _NAMED)]
        return [BATCH_MESSAGES["left_out"].format(files=", ".join(named))] if named else []

    def drop_withdrawn(self, withdrawn: dict[int, Snapshots]) -> list[str]:
        """Take back the files that a withdrawn batch brought, where all of them are there again; what is said of it.

        Where one of them is gone somebody mended the folder, and which one was wrong is for that person to know.
        """
        said = []
        for batch_id, snapshots in withdrawn.items():
            held = self._held()
            found = sorted(scope for scope, wrong in snapshots.items() if wrong <= held.get(scope, set()))
            for scope in found:
                self._drop({scope}, snapshots[scope])
            said += [
                BATCH_MESSAGES["not_again"].format(dataset=dataset, scope=scope and f" ({scope})", batch=batch_id)
                for dataset, scope in found
            ]
        return said

    def _held(self) -> Snapshots:
        held: Snapshots = {}
        for file in self.stored:
            held.setdefault((file.dataset, file.scope), set()).add(file.sha256)
        return held

    def _drop(self, scopes: set[tuple[str, str]], checksums: set[str] | None = None) -> None:
        """Take back the files of some scopes: all, or those with one of the checksums."""
        kept = []
        for file in self.stored:
            if (file.dataset, file.scope) in scopes and (checksums is None or file.sha256 in checksums):
                (self._root / file.path).unlink()
            else:
                kept.append(file)
        self.stored = kept

    def _target(self, dataset: str) -> Path:
        return self._folder / f"{len(list(self._folder.iterdir())) + 1:03d}-{dataset}.zst"

    def _add(self, dataset: str, scope: str, target: Path, sha256: str, size: int, name: str) -> None:
        target.chmod(0o440)
        self.stored.append(
            _Stored(dataset, scope, str(target.relative_to(self._root)), sha256, size, name, self._dropped)
        )


class _Answers:
    """An open landed file of answers; registered when it is closed without an error."""

    def __init__(self, landing: BatchLanding, dataset: str, scope: str, target: Path) -> None:
        self._landing, self._dataset, self._scope, self._target = landing, dataset, scope, target
        self._writer = JsonLinesWriter(target)

    def write(self, method: str, parameters: dict[str, Any], http_status: int, body: str) -> None:
        """Store one answer; parameters without secrets."""
        self._writer.write(method, parameters, http_status, body)

    def __enter__(self) -> "_Answers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if kind is None:
            self._landing._add(
                self._dataset, self._scope, self._target, self._writer.sha256, self._writer.byte_count, ""
            )
