"""What a connector is: ``fetch`` (network -> landing) and ``chunks`` (landed files -> records, records -> rows).

Data flow: origin -> fetch -> Landing.store -> landed files -> chunks -> door -> RecordChunk.rows -> staging.
A connector never touches the database; the network happens in ``fetch`` and nowhere else, so that any night can be
replayed from its landed files.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

RowFrames = dict[str, "pd.DataFrame"]
"""Entity -> rows. Columns: ``record`` (0-based index of the record in its chunk), ``out_of_scope`` (reason or null),
``account_ref`` for entities with an account, and any of the entity's fields; every value is text or null, normalised
(ISO 8601 instants with zone, trimmed, NFC). What can't be normalised stays as it came: validation says so."""


LeftOut = Literal["unreadable", "changing"]
"""Why a file was left for the next night; ``changing`` = somebody seemed to be writing it."""


@dataclass(frozen=True)
class WideTemplate:
    """What one row per record is made of: for each field the name of a column, or a constant."""

    entity: str
    fields: dict[str, str]
    """Field (``account_ref`` and ``out_of_scope`` included) -> column."""
    constants: dict[str, str]
    """Field -> text that every row has."""
    when: str | None = None
    """Column that must not be null for a record to give this row; null = each record gives it."""


@dataclass(frozen=True)
class WideRows:
    """The rows of tabular records before they are multiplied: columns of text, each once, and what is made of them.

    The same as :data:`RowFrames`, which a table of eight rows a record would make eight times as long; the database
    multiplies it. ``records[i]`` is the 0-based index in its chunk of the record that row i of the columns is.
    """

    records: Sequence[int]
    columns: "dict[str, pd.Series]"
    templates: Sequence[WideTemplate]


@dataclass(frozen=True)
class Connection:
    """Address and secrets of an origin; never logged."""

    host: str
    login: str = ""
    password: str = field(default="", repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class LandedFile:
    """One stored raw file, as ``ops.landed_file`` knows it."""

    landed_file_id: int
    dataset: str
    scope: str
    path: Path
    original_name: str
    sha256: str


class Landing(Protocol):
    """Where ``fetch`` stores what it received; one per batch."""

    def store_file(self, dataset: str, scope: str, path: Path) -> None:
        """Land a file as it is. The files of a dataset and scope are one snapshot together: all are offered each time,
        and the landing keeps none of them when they hold what was merged last."""

    def leave_out(self, dataset: str, scope: str, name: str, reason: LeftOut) -> None:
        """Say that a file of a dataset and scope is there and can't be brought over now: what arrives of them is then
        no complete snapshot, and somebody is told."""

    def open_answers(self, dataset: str, scope: str) -> AbstractContextManager["AnswerWriter"]:
        """Land the answers of an API as JSON lines, one landed file for all of a dataset's calls."""


class AnswerWriter(Protocol):
    """Writes one API answer a line: ``{ordinal, method, parameters, http_status, body}``."""

    def write(self, method: str, parameters: dict[str, Any], http_status: int, body: str) -> None:
        """Store one answer; ``parameters`` without secrets, ``body`` as the exact text received."""


@dataclass(frozen=True)
class Delivery:
    """What a batch says about one scope of one dataset."""

    dataset: str
    scope: str
    complete: bool
    """True = a complete snapshot: what is missing has vanished."""


@runtime_checkable
class Gathered(Protocol):
    """What makes :class:`WideRows` of a chunk, and can do so for some records of several chunks of a file at once: a
    column costs as much for ten records as for a thousand."""

    def __call__(self, indices: Sequence[int]) -> WideRows:
        """The columns of the chosen records."""

    def aside(self, indices: Sequence[int], shift: int) -> "Gathered":
        """Some of the records alone, known by their index + ``shift`` from then on; the chunk itself may go."""

    def add(self, other: Any) -> None:
        """Take over the records of another one, which have other indices."""


@dataclass
class RecordChunk:
    """Some records of one landed file in their order: what the door compares, and how to make rows of them.

    ``records[i]`` is the canonical bytes of record i (with its header or its identifying request parameters), ``b""``
    for a blank one; ``positions[i]`` its place in the file (1-based ordinal, or ``<ordinal>#<JSON pointer>``).
    ``unreadable`` maps an index to why no rows can be made of it (no content). ``rows(indices)`` gives the rows of
    the chosen records; it is not called when none is chosen. ``wide`` gives them before they are multiplied, where the
    connector can: then it is asked instead.
    """

    dataset: str
    scope: str
    landed_file_id: int
    positions: Sequence[str]
    records: Sequence[bytes]
    rows: Callable[[Sequence[int]], RowFrames]
    unreadable: dict[int, str] = field(default_factory=dict)
    wide: Callable[[Sequence[int]], WideRows] | None = None


class Connector(Protocol):
    """The code for one kind of origin."""

    parser_version: str
    """Changes whenever the same record would give other rows: it is part of the contract fingerprint."""

    def fetch(self, landing: Landing) -> None:
        """Bring everything over: :class:`TransientError` when trying again may help, else :class:`PermanentError`."""

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Which scopes the landed files of a batch cover, and whether completely."""

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """The records of the landed files of a batch; no network."""


@dataclass(frozen=True)
class Part:
    """Some landed files of a batch that are read without looking at its others."""

    files: Sequence[LandedFile]
    chunks: Callable[[], Iterator[RecordChunk]]
    """Reads their records from the beginning."""

    @property
    def name(self) -> str:
        """The datasets and the scope, as people are told which part it is."""
        datasets = ", ".join(dict.fromkeys(file.dataset for file in self.files))
        scopes = ", ".join(dict.fromkeys(file.scope for file in self.files if file.scope))
        return " · ".join(filter(None, (datasets, scopes)))


@runtime_checkable
class Divided(Protocol):
    """A connector that reads the files of one scope apart from each other."""

    def parts(self, files: Sequence[LandedFile]) -> list[Part]:
        """The files in their order, in parts; what depends on other files of the batch is known to each part."""


def parts_of(connector: Connector, files: Sequence[LandedFile]) -> list[Part]:
    """The parts of a batch: as its connector divides it, else the files of each scope together."""
    if isinstance(connector, Divided):
        return connector.parts(files)
    if not files:
        return [Part((), partial(connector.chunks, files))]
    scopes: dict[str, list[LandedFile]] = {}
    for file in files:
        scopes.setdefault(file.scope, []).append(file)
    return [Part(own, partial(connector.chunks, own)) for own in scopes.values()]
