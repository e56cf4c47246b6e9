"""The view *Documentos*: the files of each version of a quarter, their download, and writing those that lack.

Data flow: quarter -> its versions -> files in their folders, with sha256 -> list; a name of that list, or all of it,
-> download.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlencode
from zipfile import ZipFile

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, StreamingResponse

from trimestre.contracts import Project
from trimestre.indicators.vintages import vintages_of
from trimestre.periods import Period
from trimestre.reports.documents import DOCUMENTS, document_of, documents_of, version_folder, write_version
from trimestre.reports.quarter import PRELIMINARY
from trimestre.texts import DOCUMENTS_VIEW as SAID
from trimestre.web.asking import PERIOD, VERSION, default_quarter, language_asked, read_quarter
from trimestre.web.context import page, reading, surroundings_of
from trimestre.web.receiving import Form, field
from trimestre.web.visitors import Role, require, visitor_of

router = APIRouter()

FOR_OPERATORS = frozenset({"dqa"})
"""Documents with facts about runs and people at work; the others hold aggregates only."""

MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}


@dataclass(frozen=True)
class File:
    """One document that was written."""

    path: Path
    document: str
    language: str
    size: int
    written_at: datetime
    sha256: str

    whole: bool
    """Whether it is about the whole quarter, and not about one indicator."""

    @property
    def name(self) -> str:
        """Its file's name."""
        return self.path.name


@dataclass(frozen=True)
class Shelf:
    """The documents of one version of a quarter."""

    label: str
    """``v1`` or ``preliminar``."""
    vintage: int | None
    found: Mapping[str, Any] | None
    """The candidate that it was; ``None`` = preliminary."""
    files: tuple[File, ...]
    lacking: tuple[str, ...]
    """Documents that there are not in the language asked for."""


@router.get("/documentos", response_class=HTMLResponse)
def documents(request: Request) -> HTMLResponse:
    """The documents of a quarter, version by version."""
    language = language_asked(request)
    with reading(request) as (plant, connection):
        quarters = _quarters(connection, plant.project)
        asked = request.query_params.get(PERIOD, "").strip()
        period = read_quarter(asked, plant.project) if asked else _newest(connection, plant.project, quarters)
        shelves = list(_shelves(request, connection, plant.project, period, language)) if period in quarters else []
        framework = plant.project.framework
    return page(
        request,
        "documents.html",
        title=SAID["title"],
        period=period,
        fiscal=f"FY{period.fiscal(framework.fiscal_year_starts)}",
        quarters=sorted(quarters, reverse=True),
        shelves=shelves,
        language=language,
        illustrative=framework.illustrative,
        zone=framework.zone,
        count=_count(request),
    )


@router.post("/documentos", dependencies=[Depends(require(Role.OP))])
def write(request: Request, form: Form) -> RedirectResponse:
    """Write the documents of a version: those that lack, or with ``todo`` all; of a preliminary quarter all."""
    language = field(form, "idioma")
    if language not in ("es", "en"):
        raise HTTPException(422, SAID["no_such_language"])
    with reading(request) as (plant, connection):
        period = read_quarter(field(form, PERIOD), plant.project)
        vintage = _vintage(connection, period, field(form, VERSION))
        folder = version_folder(surroundings_of(request).documents, period, vintage)
        everything = vintage is None or form.get("todo") == "si"
        written = write_version(
            connection,
            plant.project,
            period,
            folder,
            only=() if everything else _lacking(plant.project, _files(folder), language),
            vintage=vintage,
            preliminary=vintage is None,
            language=cast(Literal["es", "en"], language),
        )
    query = urlencode({PERIOD: str(period), "idioma": language, "escritos": len(written)})
    return RedirectResponse(f"{surroundings_of(request).prefix}/documentos?{query}", 303)


@router.get("/documentos/{period}/{version}/todo.zip")
def download_all(request: Request, period: str, version: str) -> StreamingResponse:
    """All documents of a version that the visitor may have, in one archive."""
    with reading(request) as (plant, connection):
        quarter = read_quarter(period, plant.project)
        folder = version_folder(surroundings_of(request).documents, quarter, _vintage(connection, quarter, version))
    files = _files_for(request, folder)
    if not files:
        raise HTTPException(404, SAID["no_such"].format(period=quarter))
    return StreamingResponse(
        _archive(files),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="documentos-{quarter}-{version}.zip"'},
    )


@router.get("/documentos/{period}/{version}/{file}")
def download(request: Request, period: str, version: str, file: str) -> FileResponse:
    """One document. Its name is looked up among those that were written; no path is made of it."""
    with reading(request) as (plant, connection):
        quarter = read_quarter(period, plant.project)
        folder = version_folder(surroundings_of(request).documents, quarter, _vintage(connection, quarter, version))
    for found in _files(folder):
        if found.name == file:
            if found.document in FOR_OPERATORS:
                require(Role.OP)(request)
            return FileResponse(found.path, media_type=MEDIA_TYPES[found.path.suffix], filename=found.name)
    raise HTTPException(404, SAID["no_such"].format(period=quarter))


def _quarters(connection: sa.Connection, project: Project) -> set[Period]:
    """Quarters of which something can be told: computed or published."""
    rows = connection.execute(
        sa.text(
            "SELECT period FROM results.computation WHERE current"
            " UNION SELECT period FROM results.candidate WHERE state = 'vintage'"
        )
    ).scalars()
    known = set(rows)
    return {period for period in project.periods.all() if str(period) in known}


def _newest(connection: sa.Connection, project: Project, quarters: set[Period]) -> Period:
    """The newest closed quarter, else the newest of all with figures."""
    period = default_quarter(connection, project)
    return period if period in quarters else max(quarters, default=period)


def _shelves(
    request: Request, connection: sa.Connection, project: Project, period: Period, language: str
) -> Iterator[Shelf]:
    """The versions of a quarter, newest first, and what is known today as the last one."""
    root = surroundings_of(request).documents
    for found in [*reversed(vintages_of(connection, period)), None]:
        vintage = found["vintage"] if found else None
        folder = version_folder(root, period, vintage)
        yield Shelf(
            label=PRELIMINARY if vintage is None else f"v{vintage}",
            vintage=vintage,
            found=found,
            files=tuple(_files_for(request, folder)),
            lacking=tuple(_lacking(project, _files(folder), language)),
        )


def _files_for(request: Request, folder: Path) -> list[File]:
    """The documents in a folder that the visitor may have."""
    operates = visitor_of(request).may(Role.OP)
    return [file for file in _files(folder) if operates or file.document not in FOR_OPERATORS]


def _archive(files: Sequence[File]) -> Iterator[bytes]:
    """A zip of files. Most are zips themselves, so nothing is packed twice."""
    with tempfile.TemporaryFile() as packed:
        with ZipFile(packed, "w", strict_timestamps=False) as archive:
            for file in files:
                archive.write(file.path, file.name)
        packed.seek(0)
        while part := packed.read(1 << 20):
            yield part


def _files(folder: Path) -> list[File]:
    """The documents in a folder, in the order of their kinds; whatever else is there is none."""
    if not folder.is_dir():
        return []
    order = list(DOCUMENTS)
    found = [
        _file(path, document)
        for path in folder.iterdir()
        if (document := document_of(path.name)) and path.suffix in MEDIA_TYPES and path.is_file()
    ]
    return sorted(
        found, key=lambda file: (order.index(file.document), not file.whole, file.language != "es", file.name)
    )


def _file(path: Path, document: str) -> File:
    seen = path.stat()
    return File(
        path=path,
        document=document,
        language="en" if path.stem.endswith("-en") else "es",
        size=seen.st_size,
        written_at=datetime.fromtimestamp(seen.st_mtime, UTC),
        sha256=_sha256(path, seen.st_mtime_ns, seen.st_size),
        whole=path.name.startswith(f"{document}-{path.parent.parent.name}-"),
    )


@lru_cache(maxsize=4096)
def _sha256(path: Path, changed: int, size: int) -> str:
    """Of a file as it was when it had this size and time of change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lacking(project: Project, files: list[File], language: str) -> list[str]:
    there = {file.document for file in files if file.whole and file.language == language}
    return [document for document in documents_of(project) if document not in there]


def _vintage(connection: sa.Connection, period: Period, label: str) -> int | None:
    """The number of an official version, ``None`` for the preliminary one; 404 for one that there is not."""
    if label == PRELIMINARY:
        return None
    for found in vintages_of(connection, period):
        if label == f"v{found['vintage']}":
            return int(found["vintage"])
    raise HTTPException(404, SAID["no_such_version"])


def _count(request: Request) -> int | None:
    """How many files were just written."""
    text = request.query_params.get("escritos", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
