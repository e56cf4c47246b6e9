"""Bringing the tables of ``marts`` from a known state to the next: only the rows of people whom merges touched since.

Marts of people are filled by the statements that fill them whole, over the history of the people touched (``touching``)
and over their rows of other marts, and compared with their rows only. What looks across people (attendances, sums of
editions and surveys, what is left out) is filled whole, where a table that it reads moved.

Data flow: people touched -> the temporary tables of ``filling``, of them or of everybody -> sql/marts/<table>.sql ->
``differing`` -> marts.
"""

import re

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.evidence import Pins, evidence_text
from trimestre.indicators.keeping import BY_PERSON
from trimestre.indicators.placing import linked_text
from trimestre.indicators.touching import Touched, tables_read
from trimestre.pipeline.marts.differing import bring
from trimestre.pipeline.marts.filling import NEEDED, Filling, attributed_text, in_force, marts_rows
from trimestre.warehouse.sqlfiles import read, statement
from trimestre.warehouse.tables import metadata

OF_SOME = ("enrolment", "enrolment_module", "certificate", "answer", "person")
"""Marts whose rows of one person depend on no other person."""

_OF_EVERYBODY = ("attendance", "survey", "event", "edition", "unmatched_institution")
_MARTS_READ = re.compile(r"\bFROM marts\.(enrolment|certificate|attendance) AS ([a-z])\b")
_SHARED = {name: read(f"marts/_{name}") for name in ("people", "accounts", "modules")}


class Following(Filling):
    """One refresh after a known state."""

    def __init__(self, connection: sa.Connection, project: Project, pins: Pins, touched: Touched) -> None:
        super().__init__(connection, project, pins)
        self._everybody, self._touched = pins, touched
        self._made: set[str] = set()
        self._among = f"IN (SELECT t.account_key FROM pg_temp.{touched.mark}accounts AS t)"

    def prepare(self, group: str) -> None:
        """Facts are prepared table by table, as each asks for people."""
        if group != "facts":
            self._look_at(self._everybody)
            super().prepare(group)

    def fill(self, name: str) -> int:
        """Bring one table to what its statement gives; the number of rows written and deleted."""
        if name in OF_SOME:
            return self._fill_some(name)
        if name in _OF_EVERYBODY:
            return self._fill_whole(name)
        if name == "indicator_evidence":
            return self._fill_behind()
        self._look_at(self._everybody)
        return super().fill(name)

    def _fill_some(self, name: str) -> int:
        self._look_at(self._touched.now)
        text = statement(f"marts/{name}")
        self._ask_for(text)
        of_them = rf"FROM (SELECT r.* FROM marts.\1 AS r WHERE r.account_key {self._among}) AS \2"
        table = metadata.tables[f"marts.{name}"]
        scope = f"x.account_key {self._among}"
        if name == "person":
            scope = f"x.person_key IN (SELECT t.person_key FROM pg_temp.{self._touched.mark}persons AS t)"
        return bring(self._run, table, marts_rows(table, _MARTS_READ.sub(of_them, text)), scope)

    def _fill_whole(self, name: str) -> int:
        text = statement(f"marts/{name}")
        asked = self._texts(text)
        moved = self._touched.tables & frozenset().union(*map(tables_read, (text, *asked.values())))
        if not moved and "FROM marts." not in text:
            return 0
        if name == "attendance" and self._nobody_attended():
            return 0  # what describes people would be made for nothing
        self._look_at(self._everybody)
        self._ask_for(text)
        return super().fill(name)

    def _nobody_attended(self) -> bool:
        asked = "SELECT NOT EXISTS (SELECT 1 FROM {0}.attendance)"
        return all(self._run(asked.format(schema)).scalar_one() for schema in ("warehouse", "marts"))

    def _texts(self, text: str) -> dict[str, str]:
        """The temporary tables that a statement asks for, with what they are made of, in the order of making."""
        attributed = {f"{evidence}_by_{rule}": attributed_text(evidence) for evidence, rule in NEEDED}
        found = {
            name: made for name, made in {**_SHARED, **attributed}.items() if re.search(rf"(?<![.\w]){name}\b", text)
        }
        return {"people": _SHARED["people"], **found} if "accounts" in found else found

    def _ask_for(self, text: str) -> None:
        """Make those temporary tables for the people looked at."""
        for name in self._texts(text):
            if name not in self._made:
                self._made.add(name)
                evidence, _, rule = name.rpartition("_by_")
                if evidence:
                    self._attributed(evidence, rule)
                else:
                    self._make(name, _SHARED[name])

    def _look_at(self, pins: Pins) -> None:
        """Look at other people: what was made for those before goes."""
        if pins.among != self._pins.among:
            for name in self._made:
                self._run(f"DROP TABLE pg_temp.{name}")
            self._made.clear()
            self._attributed_tables.clear()
            self._pins = pins
            self._parameters |= pins.parameters()

    def _fill_behind(self) -> int:
        """The rows behind figures: of the people touched, or of all where a row depends on others."""
        some: list[Indicator] = []
        whole: list[Indicator] = []
        for indicator in in_force(self._project):
            moved = self._touched.tables & tables_read(self._placed_text(indicator))
            if moved:
                (some if indicator.evidence in BY_PERSON else whole).append(indicator)
        changed = 0
        for indicators, pins, scope in (
            (some, self._touched.now, f"x.account_key {self._among}"),
            (whole, self._everybody, "TRUE"),
        ):
            if indicators:
                self._look_at(pins)
                codes = ", ".join(f"'{indicator.code}'" for indicator in indicators)
                changed += self.fill_behind(indicators, f"x.indicator IN ({codes}) AND {scope}")
        self._look_at(self._everybody)
        return changed

    def _placed_text(self, indicator: Indicator) -> str:
        return linked_text(evidence_text(indicator.evidence))
