"""Landed answers of an API: writing and reading them, and making records and rows of what they hold.

Data flow: answer -> JsonLinesWriter -> landed file (JSON lines, zstd) -> read_answers -> Record -> RecordChunk ->
frames.
"""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

import zstandard

from trimestre.errors import PermanentError
from trimestre.sources.base import LandedFile, RecordChunk, RowFrames
from trimestre.texts import PLATFORM
from trimestre.warehouse.entities import ENTITIES

CHUNK_RECORDS = 5_000
"""Records per chunk: some 100,000 rows of answers at most, which fit in memory and in one COPY."""

UNSEEN = "\u00ad\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Marks that nobody sees, as they cling to what is copied from a page or a chat: a soft hyphen, blanks of no width,
directions of writing."""
TRIMMED = "".join(filter(str.isspace, map(chr, range(0x3001)))) + UNSEEN
"""What is taken from both ends of a text: all blanks, as ``str.strip`` knows them, and those marks. With them an e-mail
would be that of somebody else."""

_BLOCK_BYTES = 1 << 16


class JsonLinesWriter:
    """Writes ``{ordinal, method, parameters, http_status, body}`` a line, compressed; ordinals begin at 1.

    ``byte_count`` and ``sha256`` are those of the uncompressed content, so that they do not depend on the level or
    the version of the compressor. A path is created, never overwritten: what landed does not change.
    """

    def __init__(self, target: Path | BinaryIO, level: int = 3) -> None:
        self._owned = target.open("xb") if isinstance(target, Path) else None
        destination = self._owned or target
        compressor = zstandard.ZstdCompressor(level=level, write_checksum=True)
        self._stream = compressor.stream_writer(destination, closefd=False)  # type: ignore[arg-type]
        self._digest = hashlib.sha256()
        self._closed = False
        self.count = 0
        self.byte_count = 0

    @property
    def sha256(self) -> str:
        """Checksum of the content written so far, 64 hex digits."""
        return self._digest.hexdigest()

    def write(self, method: str, parameters: dict[str, Any], http_status: int, body: str) -> None:
        """Store one answer; ``parameters`` without secrets, ``body`` as the exact text received."""
        self.count += 1
        answer = {
            "ordinal": self.count,
            "method": method,
            "parameters": parameters,
            "http_status": http_status,
            "body": body,
        }
        line = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._stream.write(line)
        self._digest.update(line)
        self.byte_count += len(line)

    def close(self) -> None:
        """End the compressed frame, and the file if it was opened here; harmless a second time."""
        if self._closed:
            return
        self._closed = True
        try:
            self._stream.close()
        finally:
            if self._owned:
                self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def read_answers(path: Path) -> Iterator[dict[str, Any]]:
    """The answers of a landed file one by one; :class:`PermanentError` if it is damaged."""
    try:
        for line in _lines(path):
            yield read_json(line)
    except (zstandard.ZstdError, ValueError) as error:
        raise PermanentError(PLATFORM["damaged"].format(name=path.name, kind=type(error).__name__)) from None


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a compressed file. Not by zstandard's stream_reader: to it a file cut off is one that ends there."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            *lines, rest = (rest + frame.decompress(block)).split(b"\n")
            yield from lines
    if rest or not frame.eof:
        raise ValueError("cut off")


def read_json(body: str | bytes) -> Any:
    """The JSON value of a text; ValueError for whatever is none, a text nested too deeply to be read among them."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parsed(body: Any) -> Any:
    """The JSON value of a landed text; null when it is none."""
    try:
        return read_json(body) if isinstance(body, str) else None
    except ValueError:
        return None


def as_list(value: Any) -> list[Any]:
    """A JSON value that should be a list; of anything else an empty one."""
    return value if isinstance(value, list) else []


def by_scope(files: Iterable[LandedFile]) -> dict[str, dict[str, LandedFile]]:
    """Scope -> dataset -> its landed file, of an API that lands one file for each."""
    scopes: dict[str, dict[str, LandedFile]] = defaultdict(dict)
    for file in files:
        scopes[file.scope][file.dataset] = file
    return scopes


def canonical(value: Any) -> bytes:
    """A JSON-able value as bytes: the same content gives the same bytes, whatever the order of keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def text(value: Any) -> str | None:
    """A JSON value as staged text: NFC, trimmed, null when empty; without the two signs PostgreSQL can't store."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    plain = str(value)
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain).strip(TRIMMED)
        # Half an emoji, as JavaScript and old databases cut them: not encodable as UTF-8.
        plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain.replace("\x00", "\ufffd").strip() or None


@dataclass
class Record:
    """One record of a landed file: its canonical bytes, where it stands, and what its rows are made of."""

    position: str
    canonical: bytes
    content: Any = None
    unreadable: str | None = None


class Row(NamedTuple):
    """One staged row to be; ``values`` holds fields of the entity, what it lacks is null."""

    entity: str
    values: dict[str, str | None]
    account_ref: str | None = None
    out_of_scope: str | None = None


def chunked(
    file: LandedFile,
    records: Iterable[Record],
    rows_of: Callable[[Any], Iterable[Row]],
    size: int = CHUNK_RECORDS,
) -> Iterator[RecordChunk]:
    """Records of a landed file as chunks; ``rows_of`` makes the rows of one record's content."""
    remaining = iter(records)
    while part := list(islice(remaining, size)):
        yield RecordChunk(
            dataset=file.dataset,
            scope=file.scope,
            landed_file_id=file.landed_file_id,
            positions=[record.position for record in part],
            records=[record.canonical for record in part],
            rows=_rows(part, rows_of),
            unreadable={i: record.unreadable for i, record in enumerate(part) if record.unreadable},
        )


def _rows(part: list[Record], rows_of: Callable[[Any], Iterable[Row]]) -> Callable[[Sequence[int]], RowFrames]:
    def rows(indices: Sequence[int]) -> RowFrames:
        readable = (index for index in indices if part[index].canonical and not part[index].unreadable)
        return frames((index, row) for index in readable for row in rows_of(part[index].content))

    return rows


def frames(rows: Iterable[tuple[int, Row]]) -> RowFrames:
    """Rows with the index of their record as one frame per entity; only entities that have rows."""
    import pandas as pd

    collected: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for index, row in rows:
        entity = ENTITIES[row.entity]
        account = (row.account_ref,) if entity.has_account else ()
        fields = map(row.values.get, entity.fields)
        collected[row.entity].append((index, row.out_of_scope, *account, *fields))
    made: RowFrames = {}
    for name, values in collected.items():
        entity = ENTITIES[name]
        columns = ["record", "out_of_scope", *(["account_ref"] if entity.has_account else []), *entity.fields]
        frame = pd.DataFrame(values, columns=columns)
        # A column that is null throughout would else be of another type than the same column of the next chunk.
        made[name] = frame.astype(dict.fromkeys(columns[1:], "str"))
    return made
