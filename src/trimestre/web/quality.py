"""The view *Calidad*: batches, the rules that rows failed, what is held back, and the forms that mend it.

Who may see no rows gets counts; nobody gets the value of a row here.

Data flow: ops.batch, row_account, rule_result, retained_count, quarantine.row (without its values) -> tables -> HTML.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from trimestre.contracts import Project
from trimestre.texts import BATCH_STATES, ENTITIES, SEVERITIES
from trimestre.texts.page_asking import PAGE_PARTS
from trimestre.texts.page_quality import PAGE_QUALITY as SAID
from trimestre.warehouse.sqlfiles import read
from trimestre.web import batch, parts, persons
from trimestre.web.asking import page_asked
from trimestre.web.context import page, reading, surroundings_of
from trimestre.web.parts import Cell, Table
from trimestre.web.visitors import Role, visitor_of

router = APIRouter()
router.include_router(batch.router)
router.include_router(persons.router)

SIZE = 50
"""Rows of a page."""
_SOURCE = "fuente"


@router.get("/calidad", response_class=HTMLResponse)
def quality(request: Request) -> HTMLResponse:
    """What arrived and what is wrong with it."""
    nth, prefix = page_asked(request), surroundings_of(request).prefix
    sees_rows = visitor_of(request).may(Role.OP)
    with reading(request) as (plant, connection):
        sources = _sources(connection)
        source = _source_asked(request, sources)
        found, total = _batches(connection, source, nth)
        newest = [batch_id for batch_id in sources.values() if batch_id]
        failed = _rows(connection, read("page/rules"), batches=newest, only_failed=True)
        held = _rows(connection, read("page/retained_counts"))
        texts_unknown, accounts = _institutions(connection)
        listed = _institutions_listed(connection) if sees_rows else []
    named = {code: batch.source_name(plant.project, code) for code in sources}
    return page(
        request,
        "quality.html",
        tell=SAID,
        parts_said=PAGE_PARTS,
        sees_rows=sees_rows,
        retained=_retained(named, held),
        failed=_failed(named, sources, failed),
        batches=_batch_table(plant.project, prefix, named, found),
        pages=parts.pages(nth, SIZE, total, _address(prefix, source)),
        sources=[(code, name, code == source) for code, name in named.items()],
        institutions=SAID["institutions_count"].format(texts=f"{texts_unknown:,}", accounts=f"{accounts:,}"),
        unknown_institutions=texts_unknown,
        institutions_table=_institution_table(named, listed, texts_unknown),
    )


def _sources(connection: sa.Connection) -> dict[str, int | None]:
    """Source -> its newest batch whose rows were judged."""
    rows = connection.execute(
        sa.text(
            "SELECT b.source, max(b.batch_id) FILTER (WHERE EXISTS"
            " (SELECT 1 FROM ops.rule_result AS r WHERE r.batch_id = b.batch_id)) AS newest"
            " FROM ops.batch AS b GROUP BY b.source ORDER BY b.source"
        )
    )
    return {row.source: row.newest for row in rows}


def _source_asked(request: Request, known: Collection[str]) -> str | None:
    source = request.query_params.get(_SOURCE) or None
    if source is not None and source not in known:
        raise HTTPException(404, SAID["no_source"])
    return source


def _batches(connection: sa.Connection, source: str | None, nth: int) -> tuple[list[dict[str, Any]], int]:
    total = connection.execute(
        sa.text("SELECT count(*) FROM ops.batch AS b WHERE CAST(:source AS text) IS NULL OR b.source = :source"),
        {"source": source},
    ).scalar_one()
    return _rows(connection, read("page/batches"), source=source, size=SIZE, start=(nth - 1) * SIZE), total


def _institutions(connection: sa.Connection) -> tuple[int, int]:
    row = connection.execute(
        sa.text("SELECT count(*) AS texts, coalesce(sum(accounts), 0) AS accounts FROM marts.unmatched_institution")
    ).one()
    return row.texts, int(row.accounts)


def _institutions_listed(connection: sa.Connection) -> list[dict[str, Any]]:
    text = (
        "SELECT u.institution, u.source, u.accounts FROM marts.unmatched_institution AS u"
        " ORDER BY u.accounts DESC, u.institution, u.source LIMIT :size"
    )
    return _rows(connection, text, size=SIZE)


def _rows(connection: sa.Connection, text: str, **asked: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(sa.text(text), asked)]


def _address(prefix: str, source: str | None) -> str:
    chosen = f"{_SOURCE}={quote(source)}&" if source else ""
    return f"{prefix}/calidad?{chosen}pagina={{page}}#lotes"


def _retained(named: dict[str, str], held: Sequence[dict[str, Any]]) -> Table | None:
    rows = [
        [
            parts.text(f"{named.get(item['source'], item['source'])} · {item['dataset']}"),
            parts.text(ENTITIES.get(item["entity"], item["entity"])),
            parts.long(item["what"] or item["rule"]),
            parts.count(item["rows"]),
            parts.long(item["why"]),
            parts.long(item["how_to_fix"]),
        ]
        for item in held
    ]
    return Table(SAID["retained"], SAID["counts_headings"], rows) if rows else None


def _failed(named: dict[str, str], sources: Mapping[str, int | None], failed: Sequence[dict[str, Any]]) -> Table | None:
    source_of = {batch_id: named[code] for code, batch_id in sources.items()}
    rows = [
        [
            parts.long(item["what"] or item["rule"]),
            parts.text(source_of[item["batch_id"]]),
            parts.text(ENTITIES.get(item["entity"], item["entity"])),
            parts.text(SEVERITIES[item["severity"]]),
            parts.count(item["checked"]),
            parts.count(item["failed"]),
            parts.long(item["why"]),
            parts.long(item["how_to_fix"]),
        ]
        for item in failed
    ]
    return Table(SAID["failed"], SAID["failed_headings"], rows) if rows else None


def _batch_table(project: Project, prefix: str, named: dict[str, str], found: Sequence[dict[str, Any]]) -> Table | None:
    zone = project.framework.zone
    rows = [
        [
            Cell(f"{item['batch_id']:,}", f"{prefix}/calidad/lote/{item['batch_id']}", "number"),
            parts.text(named.get(item["source"], item["source"])),
            parts.text(BATCH_STATES.get(item["state"], item["state"])),
            parts.whole(f"{item['started_at'].astimezone(zone):%d/%m/%Y %H:%M}"),
            *(parts.count(_whole(item[name])) for name in ("landed", "new", "changed", "unchanged", "quarantined")),
            parts.long(item["message"]),
        ]
        for item in found
    ]
    return Table(SAID["batches"], SAID["batches_headings"], rows, note=SAID["batches_note"]) if rows else None


def _institution_table(named: dict[str, str], listed: Sequence[dict[str, Any]], total: int) -> Table | None:
    rows = [
        [
            parts.text(item["institution"]),
            parts.text(named.get(item["source"], item["source"])),
            parts.count(item["accounts"]),
        ]
        for item in listed
    ]
    note = SAID["more"].format(shown=f"{len(rows):,}", total=f"{total:,}") if total > len(rows) else ""
    return Table(SAID["institutions"], SAID["institutions_headings"], rows, note=note) if rows else None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
