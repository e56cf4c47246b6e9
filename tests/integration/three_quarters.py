"""A small project over three quarters: one platform, an edition a quarter, and one that is extended past its own."""

import csv
import os
import shutil
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
import yaml

from trimestre.contracts import load_project
from trimestre.indicators.candidates import prepare
from trimestre.indicators.vintages import decide_candidate
from trimestre.periods import Period
from trimestre.pipeline.night import compute_quarters, ingest, pending_quarters
from trimestre.pipeline.plant import Plant

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2021, 3, 1, tzinfo=UTC)
COLUMNS = ("Folio", "Nombre", "Correo", "Sexo", "Dependencia", "Edición", "Acceso", "Constancia")
INSTANT = {"type": "instant", "formats": ["%Y-%m-%d %H:%M"]}
ABOUT = {"version": 1, "state": "vigente", "line": "L1", "evidence": "certificates", "attribution": "edition"}
INDICATORS: tuple[dict[str, Any], ...] = (
    ABOUT
    | {
        "code": "CERT",
        "unit": "certificados",
        "measure": "count",
        "reconciliation": ["event"],
        "disaggregations": ["sex", "institution", ["sex", "institution"]],
        "targets": {"2020-Q1": 3, "2020-Q2": 3, "2020-Q3": 1},
    },
    ABOUT
    | {
        "code": "ALL",
        "unit": "personas",
        "measure": "persons",
        "span": "cumulative",
        "disaggregations": ["sex", "institution"],
        "life_of_project_target": 10,
    },
    ABOUT | {"code": "QUARTER", "unit": "personas", "measure": "persons", "disaggregations": ["sex"]},
    ABOUT | {"code": "NEW", "unit": "personas", "measure": "new_persons"},
    ABOUT | {"code": "RATE", "unit": "porcentaje", "measure": "share", "evidence": "enrolments_entered", "decimals": 1},
)
EDITIONS = (
    {"edition": "E1", "opens_on": "2020-02-03", "closes_on": "2020-02-28"},
    {"edition": "E2", "opens_on": "2020-05-04", "closes_on": "2020-05-29"},
    {
        "edition": "E2X",
        "opens_on": "2020-06-01",
        "closes_on": "2020-06-30",
        "cutoff": {"day": "2020-07-07", "reason": "Oficio 12/2020"},
    },
    {"edition": "E3", "opens_on": "2020-08-03", "closes_on": "2020-08-28"},
)


@dataclass(frozen=True)
class Learner:
    """One line of the platform's file."""

    name: str
    edition: str
    certificate: str = ""
    """Local time; empty = entered only."""
    sex: str = "mujer"
    institution: str = "SFP"
    email: str = ""
    """By it accounts are one person; empty = one of its own."""

    def line(self) -> tuple[str, ...]:
        """As the platform writes it."""
        opens = next(item["opens_on"] for item in EDITIONS if item["edition"] == self.edition)
        email = self.email or f"{self.name.lower()}@sfp.example"
        folio = f"{self.name}-{self.edition}"
        return (folio, self.name, email, self.sex, self.institution, self.edition, f"{opens} 09:00", self.certificate)


class ThreeQuarters:
    """The project on a warehouse; put learners, let a night pass, close quarters."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        self._folder = folder
        self._drop.mkdir(parents=True)
        self._learners: list[Learner] = []
        self._nights = 0
        _write_project(self._root)
        self.plant = Plant(
            engine=engine,
            project=load_project(self._root),
            landing=folder / "landing",
            drop=folder / "drop",
            key=b"k" * 32,
            connection_of=lambda _: None,
        )

    @property
    def engine(self) -> sa.Engine:
        """The warehouse."""
        return self.plant.engine

    @property
    def _root(self) -> Path:
        return self._folder / "project"

    @property
    def _drop(self) -> Path:
        return self._folder / "drop" / "avance"

    def copied(self, engine: sa.Engine, folder: Path) -> Self:
        """The same project with a copy of its files, on a copy of its warehouse."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        other = copy(self)
        other._folder = folder
        other._learners = list(self._learners)
        other.plant = replace(
            self.plant,
            engine=engine,
            project=load_project(other._root),
            landing=folder / "landing",
            drop=folder / "drop",
        )
        return other

    def define(self, code: str, **changes: Any) -> None:
        """Edit the YAML of an indicator."""
        path = self._root / "framework" / "indicators" / f"{code}.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes, allow_unicode=True))
        self.plant = replace(self.plant, project=load_project(self._root))

    def night(self, *learners: Learner) -> None:
        """Put learners, then ingest and compute."""
        self._learners += learners
        self._nights += 1
        path = self._drop / "avance.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *(learner.line() for learner in self._learners)])
        os.utime(path, (1_600_000_000 + self._nights, 1_600_000_000 + self._nights))
        for source in self.plant.source_codes():
            ingest(self.plant, source, NOW)
        self.compute()

    def forget(self, name: str, edition: str) -> None:
        """Take a line out of the platform's file."""
        self._learners = [item for item in self._learners if (item.name, item.edition) != (name, edition)]

    def compute(self) -> None:
        """Compute what is behind."""
        compute_quarters(self.plant, pending_quarters(self.engine, self.plant.project))

    def close(self, period: str, **how: Any) -> int:
        """Prepare a quarter and approve it; the number of the candidate."""
        prepared = prepare(
            self.engine, self.plant.project, Period.parse(period), prepared_by="especialista", now=NOW, **how
        )
        decide_candidate(
            self.engine,
            prepared.candidate_id,
            approve=True,
            decided_by="coordinacion",
            comment=None,
            project=self.plant.project,
        )
        self.compute()
        return prepared.candidate_id

    def cell(
        self, code: str, period: str, disaggregation: str = "total", category: str = "total", *, official: bool = True
    ) -> dict[str, Any]:
        """A cell of the newest computation."""
        (row,) = self.rows(
            "SELECT v.* FROM results.indicator_value AS v INNER JOIN results.computation AS c USING (computation_id)"
            " WHERE c.current AND c.period = :period AND v.indicator = :code AND v.official = :official"
            " AND v.disaggregation = :disaggregation AND v.category = :category",
            code=code,
            period=period,
            official=official,
            disaggregation=disaggregation,
            category=category,
        )
        return row

    def value(self, code: str, period: str, *place: str, official: bool = True) -> float | None:
        """The value of a cell."""
        value = self.cell(code, period, *place, official=official)["value"]
        return None if value is None else float(value)

    def spans(self, code: str, period: str) -> dict[str, float]:
        """Wider span -> official total up to a quarter."""
        rows = self.rows(
            "SELECT v.covers, v.value FROM results.span_value AS v INNER JOIN results.computation AS c"
            " USING (computation_id) WHERE c.current AND c.period = :period AND v.indicator = :code"
            " AND v.disaggregation = 'total'",
            code=code,
            period=period,
        )
        return {row["covers"]: float(row["value"]) for row in rows if row["value"] is not None}

    def official(self, code: str, period: str) -> dict[str, Any]:
        """The official total of the vintage in force."""
        (row,) = self.rows(
            "SELECT v.*, c.vintage FROM results.candidate_value AS v INNER JOIN results.candidate AS c"
            " USING (candidate_id) WHERE c.period = :period AND c.state = 'vintage' AND v.indicator = :code"
            " AND v.official AND v.covers = c.period AND v.disaggregation = 'total' ORDER BY c.vintage DESC LIMIT 1",
            code=code,
            period=period,
        )
        return row

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.text(statement), parameters)]

    def accounts(self, *folios: str) -> list[str]:
        """The keys of accounts by their folio."""
        rows = self.rows(
            "SELECT CAST(r.account_key AS text) AS account_key FROM restricted.account_ref AS r"
            " WHERE r.account_ref = ANY(:folios)",
            folios=list(folios),
        )
        return [row["account_key"] for row in rows]


Staged = Callable[[Callable[[ThreeQuarters], None]], ThreeQuarters]
"""A copy of the project as a function brings it somewhere, which is run once for all tests."""


def _write_project(root: Path) -> None:
    write(
        root / "framework" / "framework.yaml",
        {
            "project": "1",
            "name": "P",
            "timezone": "America/Mexico_City",
            "lines": [{"line": "L1", "name": "Línea 1"}],
            "approvers": [{"user": "coordinacion", "name": "Coordinación"}],
            "tolerance": 1000,
        },
    )
    write(root / "framework" / "periods.yaml", {"first": "2020-Q1", "last": "2020-Q4"})
    write(root / "framework" / "identity.yaml", {"keys": ["email"], "sex_order": ["avance"]})
    write(
        root / "framework" / "courses" / "curso.yaml",
        {
            "course": "curso",
            "name": "Curso",
            "line": "L1",
            "modules": [{"module": "M1", "name": "Módulo 1"}],
            "editions": [
                item | {"name": item["edition"], "delivered_by": [{"source": "avance", "course": item["edition"]}]}
                for item in EDITIONS
            ],
        },
    )
    for item in INDICATORS:
        name = {"name": {"es": item["code"], "en": item["code"]}, "definition": {"es": "D", "en": "D"}}
        write(root / "framework" / "indicators" / f"{item['code']}.yaml", item | name)
    write(root / "sources" / "avance.yaml", _source())
    shutil.copytree(PROJECT / "expectations", root / "expectations")


def _source() -> dict[str, Any]:
    def rows(entity: str, **fields: Any) -> dict[str, Any]:
        return {"entity": entity, "fields": {"local_id": "folio", **fields}}

    headings: Iterable[tuple[str, str, dict[str, Any]]] = (
        ("folio", "Folio", {}),
        ("nombre", "Nombre", {}),
        ("correo", "Correo", {}),
        ("sexo", "Sexo", {}),
        ("dependencia", "Dependencia", {}),
        ("edicion", "Edición", {}),
        ("acceso", "Acceso", INSTANT),
        ("constancia", "Constancia", INSTANT),
    )
    return {
        "source": "avance",
        "name": "Plataforma",
        "kind": "tabular",
        "folder": "avance",
        "schedule": "0 3 * * *",
        "timezone": "America/Mexico_City",
        "delivers": "snapshot per file scope",
        "datasets": [
            {
                "dataset": "avance",
                "files": "*.csv",
                "scope": "avance",
                "columns": {name: {"headings": [heading], **more} for name, heading, more in headings},
                "rows": [
                    rows("account", kind={"value": "learner"}, sex="sexo", institution="dependencia"),
                    rows("account_identity", full_name="nombre", email="correo"),
                    rows(
                        "enrolment",
                        edition="edicion",
                        role={"value": "student"},
                        active={"value": "true"},
                        suspended={"value": "false"},
                        accessed_at="acceso",
                    ),
                    rows(
                        "certificate",
                        edition="edicion",
                        state={"column": "constancia", "filled": "obtained", "blank": "not_obtained"},
                        obtained_at="constancia",
                    ),
                ],
            }
        ],
    }


def write(path: Path, content: Any) -> None:
    """Write a YAML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
