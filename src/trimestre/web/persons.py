"""Persons to review: cases and decisions in force, by the keys that the form in Airflow asks for, never by names.

Who they are is in their file, at the position that is shown, or in the terminal, where each look is logged.

Data flow: possible pairs, decisions in force, positions of their accounts -> tables -> HTML.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from trimestre.contracts import Project
from trimestre.reports.linking import linked_by
from trimestre.texts import DECISION_KINDS, IDENTITY_CLI, IDENTITY_PAIRS
from trimestre.texts.page_asking import PAGE_PARTS
from trimestre.texts.page_quality import PAGE_BATCH, PAGE_PERSONS
from trimestre.warehouse.decisions import Decision, in_force
from trimestre.warehouse.identity import DIFFERENT, MERGE, SPLIT
from trimestre.warehouse.pairs import PossiblePair, possible_pairs
from trimestre.warehouse.sqlfiles import statement
from trimestre.web import parts
from trimestre.web.asking import page_asked
from trimestre.web.batch import source_name
from trimestre.web.context import page, reading, surroundings_of
from trimestre.web.parts import Cell, Table
from trimestre.web.visitors import Role, require

router = APIRouter()

SIZE = 25
"""Cases of a page, two lines each."""


@router.get("/calidad/personas", response_class=HTMLResponse, dependencies=[Depends(require(Role.OP))])
def persons(request: Request) -> HTMLResponse:
    """Cases to review, and what was decided."""
    nth, prefix = page_asked(request), surroundings_of(request).prefix
    with reading(request) as (plant, connection):
        found = possible_pairs(connection, plant.project)
        shown = found[(nth - 1) * SIZE : nth * SIZE]
        accounts = [account for pair in shown for account in (pair.account_a, pair.account_b)]
        rows = connection.execute(sa.text(statement("page/accounts_where")), {"accounts": accounts})
        where = {row.account_key: dict(row._mapping) for row in rows}
        decided = in_force(connection, MERGE, SPLIT, DIFFERENT)
    return page(
        request,
        "quality_persons.html",
        tell=PAGE_PERSONS,
        back=PAGE_BATCH["back"],
        parts_said=PAGE_PARTS,
        cases=_cases(plant.project, prefix, shown, where),
        pages=parts.pages(nth, SIZE, len(found), f"{prefix}/calidad/personas?pagina={{page}}"),
        decisions=_decisions(plant.project, decided),
    )


def _cases(
    project: Project, prefix: str, shown: Sequence[PossiblePair], where: Mapping[UUID, Mapping[str, Any]]
) -> Table | None:
    rows: list[list[Cell]] = []
    for pair in shown:
        others = IDENTITY_CLI["others"].format(others=pair.others) if pair.others else ""
        first = _account(project, prefix, pair.account_a, pair.source_a, pair.reason_a, where)
        second = _account(project, prefix, pair.account_b, pair.source_b, pair.reason_b, where)
        rows.append([parts.text(IDENTITY_PAIRS[pair.kind]), *first, parts.long(pair.institution)])
        rows.append([parts.text(others), *second, parts.text(None)])
    return Table(PAGE_PERSONS["cases"], PAGE_PERSONS["cases_headings"], rows) if rows else None


def _account(
    project: Project, prefix: str, account: UUID, source: str, reason: str, where: Mapping[UUID, Mapping[str, Any]]
) -> list[Cell]:
    place = where.get(account, {})
    batch = place.get("batch_id")  # a file that came by a connection has only a number, which its batch explains
    return [
        parts.whole(account),
        parts.text(source_name(project, source)),
        parts.text(linked_by(reason)),
        Cell(str(place.get("file") or ""), f"{prefix}/calidad/lote/{batch}" if batch else None),
        parts.text(place.get("position")),
    ]


def _decisions(project: Project, decided: Sequence[Decision]) -> Table | None:
    zone = project.framework.zone
    rows = [
        [
            parts.count(decision.decision_id),
            parts.text(DECISION_KINDS[decision.kind]),
            Cell("\n".join(decision.subject["accounts"]), kind="keys"),
            parts.long(decision.reason),
            parts.text(decision.decided_by),
            parts.whole(f"{decision.decided_at.astimezone(zone):%d/%m/%Y %H:%M}"),
        ]
        for decision in reversed(decided)
    ]
    return Table(PAGE_PERSONS["decisions"], PAGE_PERSONS["decisions_headings"], rows) if rows else None
