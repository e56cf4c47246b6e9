"""One batch: its accounting, its rules and files; and, for who may see rows, the numbers of those held back.

Data flow: ops.batch with its files, scopes, accounting and rule results -> tables -> HTML.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from trimestre.contracts import Project
from trimestre.contracts.common_rules import find_rule
from trimestre.contracts.expectations import Rule
from trimestre.texts import (
    BATCH_STATES,
    ENTITIES,
    FORM_CORRECTABLE,
    RETAINED_COLUMN_NAMES,
    SEVERITIES,
    YES_NO,
)
from trimestre.texts.page_asking import PAGE_PARTS
from trimestre.texts.page_board import BOARD
from trimestre.texts.page_quality import PAGE_BATCH as SAID
from trimestre.texts.page_quality import PAGE_QUALITY
from trimestre.warehouse.entities import FRAMEWORK_SOURCE
from trimestre.warehouse.sqlfiles import read
from trimestre.web import parts
from trimestre.web.asking import page_asked, read_number
from trimestre.web.context import page, reading, surroundings_of
from trimestre.web.parts import Cell, Table
from trimestre.web.visitors import Role, require, visitor_of

router = APIRouter()

SIZE = 50
"""Rows of a page."""

_RECORDS = (
    "SELECT a.dataset, a.landed, a.blank, a.repeated, a.unchanged, a.parsed FROM ops.record_account AS a"
    " WHERE a.batch_id = :batch ORDER BY a.dataset"
)
_ACCOUNTS = "SELECT a.* FROM ops.row_account AS a WHERE a.batch_id = :batch ORDER BY a.entity"
_FILES = "SELECT f.* FROM ops.landed_file AS f WHERE f.batch_id = :batch ORDER BY f.landed_file_id"
_SCOPES = (
    "SELECT s.dataset, s.scope, s.complete, s.records FROM ops.scope_delivery AS s WHERE s.batch_id = :batch"
    " ORDER BY s.dataset, s.scope"
)


@router.get("/calidad/lote/{number}", response_class=HTMLResponse)
def one_batch(request: Request, number: str) -> HTMLResponse:
    """A batch by its number."""
    batch_id, nth = read_number(number, "lote"), page_asked(request)
    sees_rows = visitor_of(request).may(Role.OP)
    prefix = surroundings_of(request).prefix
    with reading(request) as (plant, connection):
        found = connection.execute(
            sa.text("SELECT b.* FROM ops.batch AS b WHERE b.batch_id = :batch"), {"batch": batch_id}
        ).one_or_none()
        if found is None:
            raise HTTPException(404, SAID["none"])
        records, accounts, files, scopes = (
            _rows(connection, text, batch=batch_id) for text in (_RECORDS, _ACCOUNTS, _FILES, _SCOPES)
        )
        judged = _rows(connection, read("page/rules"), batches=[batch_id], only_failed=False)
        held = retained_rows(connection, batch_id, nth) if sees_rows else []
    tables = [
        ("records", _records(records)),
        ("rows", _accounts(accounts)),
        ("current", _current(accounts)),
        ("rules", _rules("rules", [item for item in judged if item["failed"]])),
        ("scopes", _scopes(scopes) if sees_rows else None),
        ("files", _files(plant.project, files) if sees_rows else None),
        ("retained", retained_table(plant.project, prefix, held)),
    ]
    return page(
        request,
        "quality_batch.html",
        tell=SAID,
        quality=PAGE_QUALITY,
        parts_said=PAGE_PARTS,
        title=SAID["title"].format(batch=f"{batch_id:,}"),
        facts=_facts(plant.project, prefix, dict(found._mapping)),
        tables=[(SAID[name], table) for name, table in tables if table],
        passed=_rules("passed", [item for item in judged if not item["failed"]]),
        pages=retained_pages(held, nth, f"{prefix}/calidad/lote/{batch_id}?pagina={{page}}"),
        sees_rows=sees_rows,
    )


@router.get("/calidad/retenidos", response_class=HTMLResponse, dependencies=[Depends(require(Role.OP))])
def retained(request: Request) -> HTMLResponse:
    """Every retained row that waits for a decision, by its number."""
    nth, prefix = page_asked(request), surroundings_of(request).prefix
    with reading(request) as (plant, connection):
        held = retained_rows(connection, None, nth)
    return page(
        request,
        "quality_retained.html",
        tell=PAGE_QUALITY,
        back=SAID["back"],
        parts_said=PAGE_PARTS,
        table=retained_table(plant.project, prefix, held),
        pages=retained_pages(held, nth, f"{prefix}/calidad/retenidos?pagina={{page}}"),
    )


def source_name(project: Project, code: str) -> str:
    """What a source is called; one without a file by its code."""
    if code == FRAMEWORK_SOURCE:
        return BOARD["framework"]
    return getattr(project.sources.get(code), "name", None) or code


def retained_rows(connection: sa.Connection, batch_id: int | None, nth: int) -> list[dict[str, Any]]:
    """A page of the retained rows that wait, of one batch or of all; each with the ``total`` of them."""
    return _rows(connection, read("page/retained"), batch=batch_id, size=SIZE, start=(nth - 1) * SIZE)


def retained_table(project: Project, prefix: str, held: Sequence[Mapping[str, Any]]) -> Table | None:
    """Retained rows without what they say: where each one is, and which rule holds it."""
    zone = project.framework.zone
    rows = [
        [
            parts.count(item["retained_id"]),
            parts.text(f"{source_name(project, item['source'])} · {item['dataset']}"),
            parts.text(ENTITIES.get(item["entity"], item["entity"])),
            parts.long(
                rule.what if (rule := find_rule(project.suites, item["entity"], item["rule"])) else item["rule"]
            ),
            parts.text(_column(rule)),
            Cell(f"{item['last_batch_id']:,}", f"{prefix}/calidad/lote/{item['last_batch_id']}", "number"),
            parts.text(item["file"]),
            parts.text(item["position"]),
            parts.whole(f"{item['first_seen'].astimezone(zone):%d/%m/%Y}" if item["first_seen"] else ""),
        ]
        for item in held
    ]
    return Table(PAGE_QUALITY["list"], PAGE_QUALITY["list_headings"], rows) if rows else None


def _column(rule: Rule | None) -> str:
    """The column that a rule looks at, as the form that corrects it calls it."""
    column = (rule.column if rule else None) or ""
    return FORM_CORRECTABLE.get(column) or RETAINED_COLUMN_NAMES.get(column, column)


def retained_pages(held: Sequence[Mapping[str, Any]], nth: int, address: str) -> parts.Pages | None:
    """Where the list of retained rows stands; ``None`` without any."""
    return parts.pages(nth, SIZE, held[0]["total"], address) if held else None


def _rows(connection: sa.Connection, text: str, **asked: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(sa.text(text), asked)]


def _facts(project: Project, prefix: str, found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    zone = project.framework.zone
    told: list[tuple[str, Any]] = [
        (SAID["source"], source_name(project, found["source"])),
        (SAID["state"], BATCH_STATES.get(found["state"], found["state"])),
        *(
            (SAID[name], f"{found[name].astimezone(zone):%d/%m/%Y %H:%M}" if found[name] else "")
            for name in ("started_at", "landed_at", "merged_at", "replayed_at")
        ),
        (SAID["quarters"], ", ".join(found["quarters"] or ())),
        (SAID["message"], found["message"]),
    ]
    if found["withdraws"]:
        told.append((SAID["withdraws"], Cell(f"{found['withdraws']:,}", f"{prefix}/calidad/lote/{found['withdraws']}")))
    return [(name, value) for name, value in told if value]


def _counted(title: str, first: str, names: Sequence[str], found: Sequence[Mapping[str, Any]]) -> Table | None:
    """A table of counts with their sums; ``first``: the column that names a row."""
    rows = [
        [parts.text(ENTITIES.get(item[first], item[first])), *(parts.count(item[name]) for name in names)]
        for item in found
    ]
    total = [parts.text(PAGE_PARTS["total"]), *(parts.count(sum(item[name] for item in found)) for name in names)]
    said = SAID[title], SAID[f"{title}_headings"]
    return Table(*said, rows, total if len(rows) > 1 else (), SAID[f"{title}_note"]) if rows else None


def _records(found: Sequence[Mapping[str, Any]]) -> Table | None:
    return _counted("records", "dataset", ("landed", "blank", "repeated", "unchanged", "parsed"), found)


def _accounts(found: Sequence[Mapping[str, Any]]) -> Table | None:
    names = ("landed", "new", "changed", "returned", "unchanged", "quarantined", "repeated", "out_of_scope")
    return _counted("rows", "entity", names, found)


def _current(found: Sequence[Mapping[str, Any]]) -> Table | None:
    return _counted("current", "entity", ("current_before", "new", "returned", "vanished", "current_after"), found)


def _rules(title: str, judged: Sequence[Mapping[str, Any]]) -> Table | None:
    rows = [
        [
            parts.long(item["what"] or item["rule"]),
            parts.text(ENTITIES.get(item["entity"], item["entity"])),
            parts.text(SEVERITIES[item["severity"]]),
            parts.count(item["checked"]),
            parts.count(item["failed"]),
            parts.long(item["why"]),
            parts.long(item["how_to_fix"]),
        ]
        for item in judged
    ]
    return Table(SAID[title], SAID["rules_headings"], rows) if rows else None


def _scopes(found: Sequence[Mapping[str, Any]]) -> Table | None:
    rows = [
        [parts.text(item["dataset"]), parts.text(item["scope"]), parts.text(YES_NO[item["complete"]]),
         parts.count(item["records"])]
        for item in found
    ]  # fmt: skip
    return Table(SAID["scopes"], SAID["scopes_headings"], rows) if rows else None


def _files(project: Project, found: Sequence[Mapping[str, Any]]) -> Table | None:
    zone = project.framework.zone
    rows = [
        [
            parts.count(item["landed_file_id"]),
            parts.text(item["dataset"]),
            parts.count(item["bytes"]),
            parts.text(f"{item['sha256'][:12]}…"),
            parts.text(item["original_name"]),
            parts.whole(f"{item['removed_at'].astimezone(zone):%d/%m/%Y}" if item["removed_at"] else ""),
        ]
        for item in found
    ]
    return Table(SAID["files"], SAID["files_headings"], rows) if rows else None
