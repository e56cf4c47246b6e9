"""Given rows -> evidence and values: versions put straight into the warehouse, as merges would have left them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from trimestre.contracts.corrections import Corrections
from trimestre.contracts.framework import Framework, Line, Periods
from trimestre.contracts.identity import Identity
from trimestre.contracts.indicators import Indicator, Texts
from trimestre.contracts.project import Project
from trimestre.contracts.surveys import Survey
from trimestre.indicators.cells import CellSource
from trimestre.indicators.computing import Value, indicator_values
from trimestre.indicators.evidence import Pins, current_pins, evidence_text
from trimestre.indicators.placing import Base, current_base, gather
from trimestre.periods import Period
from trimestre.pipeline.merging import touched_quarters
from trimestre.warehouse.tables import metadata

ZONE = ZoneInfo("America/Mexico_City")
FIRST_NIGHT = datetime(2020, 7, 15, 9, 0, tzinfo=UTC)
Cells = dict[tuple[str, str], Value]

_ANY_INDICATOR = {
    "code": "X-1",
    "state": "vigente",
    "name": Texts(es="x", en="x"),
    "definition": Texts(es="x", en="x"),
    "line": "L2",
    "unit": "personas",
    "attribution": "edition",
}
_UNKNOWN_PERSON = {
    "sex": "no_especificado", "sex_known": False, "sex_conflict": False, "institution_listed": False, "accounts": 1,
}  # fmt: skip
SCORED = {"survey": "S-ED", "question": "P01", "sub_code": ""}

INDICATORS: dict[str, dict[str, Any]] = {
    "entered": {"evidence": "enrolments_entered", "measure": "count", "disaggregations": ("sex", "edition")},
    "completion rate": {"evidence": "enrolments_entered", "measure": "share", "disaggregations": ("sex", "edition")},
    "coverage": {"evidence": "enrolments_invited", "measure": "share", "disaggregations": ("edition",), "decimals": 1},
    "certificates": {"evidence": "certificates", "measure": "count", "disaggregations": ("sex", "edition")},
    "certified persons": {
        "evidence": "certificates",
        "measure": "persons",
        "span": "cumulative",
        "disaggregations": ("sex", "course", "institution"),
    },
    "modules": {
        "evidence": "module_completions",
        "measure": "count",
        "total": False,
        "disaggregations": ("module", ("module", "edition"), "sex"),
    },
    "attendees": {
        "evidence": "attendances",
        "measure": "persons",
        "attribution": "event",
        "disaggregations": ("sex", "organisation_type"),
    },
    "response rate": {
        "evidence": "attendances",
        "measure": "share",
        "attribution": "event",
        "disaggregations": ("organisation_type",),
        "decimals": 1,
    },
    "invitation response rate": {
        "evidence": "survey_reach",
        "parameters": {"survey": "S-IN"},
        "measure": "share",
        "disaggregations": ("sex",),
        "decimals": 1,
    },
    "satisfaction": {
        "evidence": "scored_answers",
        "parameters": SCORED,
        "measure": "mean",
        "disaggregations": ("sex",),
        "decimals": 2,
    },
    "typed sum": {"evidence": "reported_values", "measure": "sum", "attribution": "event"},
    "typed latest": {
        "evidence": "reported_values",
        "measure": "latest",
        "attribution": "event",
        "span": "cumulative",
        "disaggregations": ("state",),
    },
    "milestone": {
        "evidence": "reported_values",
        "measure": "milestone",
        "attribution": "event",
        "span": "cumulative",
        "stages": ("0", "1", "2", "3", "4"),
        "unit": "etapa",
    },
}
"""The kinds of indicators the demo has, one or more per file of ``sql/evidence``."""


def indicator(kind: str = "", **changes: Any) -> Indicator:
    """One of ``INDICATORS``, changed."""
    return Indicator(**{**_ANY_INDICATOR, **INDICATORS.get(kind, {}), **changes})


def key(name: str) -> uuid.UUID:
    """The key of an account or person of a test."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


def local(text: str) -> datetime:
    """``2020-06-30 23:30`` in the project's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


class Given:
    """A warehouse being filled by nights; a key put again gets a new version, the former one is closed."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.names: dict[uuid.UUID, str] = {}
        self._night = FIRST_NIGHT
        self._batches: dict[str, tuple[int, datetime]] = {}
        self.project = Project(
            root=Path(),
            framework=Framework(
                project="1",
                name="P",
                timezone=ZONE.key,
                minimum_n=1,
                lines=(Line(line="L1", name="1"), Line(line="L2", name="2")),
            ),
            periods=Periods(first="2020-Q1", last="2020-Q4"),
            identity=Identity(keys=("email",), sex_order=()),
            corrections=Corrections(),
            courses=(),
            surveys=(
                Survey(
                    survey="S-ED",
                    name="S",
                    source="encuestas",
                    survey_id="1",
                    edition="ED-A",
                    reached_by="enrolment",
                    closes_on="2020-06-30",
                ),
            ),
            events=(),
            indicators=(),
            suites={},
            sources={},
        )
        self._framework()

    # -- nights and versions -------------------------------------------------------------------------------

    def next_night(self) -> None:
        """What is put from now on was merged later."""
        self._night += timedelta(days=1)
        self._batches = {}

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is put inside never was."""
        point, batches = self.connection.begin_nested(), dict(self._batches)
        yield
        point.rollback()
        self._batches = batches

    def batch(self, source: str) -> tuple[int, datetime]:
        """The merged batch of a source in this night, and its instant; sources follow one another."""
        if source == "identity":
            return 0, self._night
        if source not in self._batches:
            at = self._night + timedelta(seconds=1 + len(self._batches))
            batch = metadata.tables["ops.batch"]
            made = self.connection.execute(
                sa.insert(batch)
                .values(source=source, state="merged", started_at=at, merged_at=at, quarters=["2020-Q2"])
                .returning(batch.c.batch_id)
            )
            self._batches[source] = (made.scalar_one(), at)
        return self._batches[source]

    def put(
        self,
        entity: str,
        source: str,
        *,
        merged_with: str | None = None,
        first: dict[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """One version of one row; ``vanished=True`` for one that its source no longer delivers.

        What is not said is as in the version before, or as in ``first`` when there is none.
        """
        self._forget_what_was_read()
        table = next(t for t in metadata.tables.values() if t.name == entity and "valid_from" in t.c)
        batch_id, at = self.batch(merged_with or source)
        vanished = values.pop("vanished", False)
        keys = {c.name for c in table.primary_key if c.name not in {"source", "valid_to"}}
        row = {"source": source, **values}
        current = sa.and_(
            table.c.valid_to == sa.text("'infinity'"), *(table.c[name] == row[name] for name in keys | {"source"})
        )
        # Put twice in one night: the second says what the merge found.
        kept = [c for c in table.c if c.name != "valid_to"]  # infinity is no instant of Python
        again = sa.delete(table).where(current, table.c.valid_from == at).returning(*kept)
        close = sa.update(table).where(current).values(valid_to=at).returning(*kept)
        closed = self.connection.execute(again).first() or self.connection.execute(close).first()
        row = ((first or {}) if closed is None else dict(closed._mapping)) | row
        provenance = {} if closed is not None and vanished else {"landed_file_id": batch_id, "position": "1"}
        self.connection.execute(
            # inline: no part of the key is asked back, since infinity is no instant of Python
            sa.insert(table)
            .inline()
            .values(
                {
                    **row,
                    "valid_from": at,
                    "valid_to": sa.text("'infinity'"),
                    "vanished_at": at if vanished else None,
                    "row_hash": b"",
                    "batch_id": batch_id,
                    "dataset": "",
                    "scope": "",
                    "record_id": None,
                    "stale": False,
                    **provenance,
                }
            )
        )

    def _forget_what_was_read(self) -> None:
        """Drop what was read at the pins: no merge adds to a batch that was read, but a test does."""
        kept = self.connection.execute(
            sa.text(
                "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'"
                " AND relname ~ '^(participation|placed)_' AND pg_table_is_visible(oid)"
            )
        )
        for name in kept.scalars().all():
            self.connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{name} CASCADE"))

    def vanish(self, entity: str, source: str, account: str, **key_values: Any) -> None:
        """The source no longer delivers a row of an account."""
        self.put(entity, source, account_key=key(account), vanished=True, **key_values)

    # -- what a project has --------------------------------------------------------------------------------

    def _framework(self) -> None:
        """Editions ED-A (closed 18 May, population unknown), ED-B (extended to 7 July, 41 invited), ED-C (July)."""
        self.put("course", "framework", course="C", name="Curso", line="L2")
        self.edition("ED-A", "2020-04-07", "2020-05-18")
        self.edition("ED-B", "2020-06-01", "2020-07-07", population="enrolled")
        self.edition("ED-C", "2020-07-20", "2020-08-20")
        self.put("event", "framework", event="EV-1", name="E", held_on=date(2020, 5, 27), line="L2")
        self.survey("S-ED", edition="ED-A", reached_by="enrolment")
        self.survey("S-EV", event="EV-1", reached_by="attendance")

    def survey(self, survey: str, **values: Any) -> None:
        """A survey that closes on 30 June; unless said otherwise its link is open and the last response counts."""
        self.put(
            "survey",
            "framework",
            first={
                "name": "S",
                "edition": None,
                "event": None,
                "closes_on": date(2020, 6, 30),
                "closes_at": _midnight(date(2020, 7, 1)),
                "reached_by": "open_link",
                "repeated": "last",
            },
            survey=survey,
            **values,
        )

    def scheduled(self, starts: str, ends: str, minimum_percent: float = 75, event: str = "EV-1") -> None:
        """An event of 27 May by its local hours, and the presence it asks for."""
        self.put(
            "event",
            "framework",
            first={"name": "E", "held_on": date(2020, 5, 27), "line": "L2"},
            event=event,
            starts_at=local(f"2020-05-27 {starts}"),
            ends_at=local(f"2020-05-27 {ends}"),
            minimum_percent=minimum_percent,
        )

    def edition(self, edition: str, opens: str, last: str, *, population: str = "unknown", course: str = "C") -> None:
        """A course edition by its first and last local day."""
        opens_on, last_day = date.fromisoformat(opens), date.fromisoformat(last)
        self.put(
            "course_edition",
            "framework",
            edition=edition,
            course=course,
            name=edition,
            opens_on=opens_on,
            closes_on=last_day,
            last_day=last_day,
            population=population,
            opens_at=_midnight(opens_on),
            cutoff_at=_midnight(last_day + timedelta(days=1)),
            period=str(Period.of(opens_on)),
        )

    # -- what sources deliver ------------------------------------------------------------------------------

    def account(self, account: str, source: str = "moodle", person: str | None = None, **person_values: Any) -> None:
        """An account and the person it belongs to (itself unless named)."""
        self.names[key(account)] = account
        kind = {"eventos": "attendee", "encuestas": "respondent"}.get(source, "learner")
        self.put("account", source, account_key=key(account), kind=kind)
        self.link(account, source, person or account, **person_values)

    def link(self, account: str, source: str, person: str, **values: Any) -> None:
        """Link an account to a person: ``sex``, ``sex_conflict``, ``institution``, ``state``."""
        self.put(
            "person_link",
            source,
            merged_with="identity",
            account_key=key(account),
            person_key=key(person),
            reason="own",
        )
        if "sex" in values:
            values = {"sex_known": values["sex"] != "no_especificado", **values}
        self.put("person", "identity", person_key=key(person), first=_UNKNOWN_PERSON, **values)

    def enrolled(self, account: str, edition: str = "ED-A", source: str = "moodle", **values: Any) -> None:
        """An enrolment of the population; ``entered`` in local time."""
        entered = values.pop("entered", None)
        self.put(
            "enrolment",
            source,
            account_key=key(account),
            edition=edition,
            **{
                "role": "student",
                "active": True,
                "in_population": True,
                "first_access_at": local(entered) if entered else None,
                **values,
            },
        )

    def learner(
        self,
        account: str,
        edition: str = "ED-A",
        source: str = "moodle",
        *,
        entered: str | None = "2020-04-10 10:00",
        certificate: str | None = None,
        modules: dict[str, str | None] | None = None,
        person: str | None = None,
        **person_values: Any,
    ) -> None:
        """An account enrolled in an edition, with what it reached; instants in local time."""
        self.account(account, source, person, **person_values)
        self.enrolled(account, edition, source, entered=entered)
        for module, at in (modules or {}).items():
            self.module(account, module, at, edition, source)
        if certificate:
            self.certificate(account, certificate, edition, source)

    def module(
        self, account: str, module: str, at: str | None, edition: str = "ED-A", source: str = "moodle", **values: Any
    ) -> None:
        """A module passed at a local time, unless ``state`` says otherwise."""
        self.put(
            "module_completion",
            source,
            account_key=key(account),
            edition=edition,
            module=module,
            **{"state": "completed", "completed_at": local(at) if at else None, **values},
        )

    def certificate(
        self, account: str, at: str | None, edition: str = "ED-A", source: str = "moodle", **values: Any
    ) -> None:
        """A certificate obtained at a local time, unless ``state`` says otherwise."""
        self.put(
            "certificate",
            source,
            account_key=key(account),
            edition=edition,
            **{"state": "obtained", "obtained_at": local(at) if at else None, **values},
        )

    def present(self, account: str, event: str = "EV-1", **values: Any) -> None:
        """An attendance."""
        self.put("attendance", "eventos", first={"weak": False}, account_key=key(account), event=event, **values)

    def connected(self, account: str, joined: str, left: str, event: str = "EV-1", **values: Any) -> None:
        """An interval of presence on 27 May, by local hours."""
        self.put(
            "attendance_interval",
            "eventos",
            account_key=key(account),
            event=event,
            joined_at=local(f"2020-05-27 {joined}"),
            left_at=local(f"2020-05-27 {left}"),
            **values,
        )

    def invited(self, account: str, survey: str = "S-IN", sent: str | None = "2020-06-01 09:00", **values: Any) -> None:
        """An invitation to a survey; instants in local time."""
        completed = values.pop("completed", None)
        self.put(
            "invitation",
            "encuestas",
            account_key=key(account),
            target_kind="survey",
            target=survey,
            delivered=values.pop("delivered", sent is not None),
            sent_at=local(sent) if sent else None,
            completed_at=local(completed) if completed else None,
            **values,
        )

    def response(
        self, account: str, survey: str, at: str | None, response_id: str | None = None, **values: Any
    ) -> None:
        """A response complete at a local time; ``answer`` = option of P01."""
        answer = values.pop("answer", None)
        response_id = response_id or account
        self.put(
            "response",
            "encuestas",
            account_key=key(account),
            survey=survey,
            response_id=response_id,
            **{"complete": True, "submitted_at": local(at) if at else None, **values},
        )
        if answer:
            self.answer(account, survey, answer, response_id)

    def answer(self, account: str, survey: str, value: str, response_id: str | None = None, **values: Any) -> None:
        """An answer to P01."""
        self.put(
            "answer",
            "encuestas",
            account_key=key(account),
            survey=survey,
            response_id=response_id or account,
            question="P01",
            sub_code="",
            value=value,
            answered=True,
            **values,
        )

    def scores(self, survey: str = "S-ED", **scores: float) -> None:
        """Scores of the options of P01."""
        for ordinal, (code, score) in enumerate(scores.items()):
            self.put(
                "question_option",
                "encuestas",
                survey=survey,
                question="P01",
                code=code,
                score=score,
                ordinal=ordinal,
            )

    def typed(self, period: str, value: float, on: str, source: str = "captura", **values: Any) -> None:
        """A figure typed by a person for X-1."""
        self.put(
            "reported_value",
            source,
            **{"indicator": "X-1", "disaggregation": "total", "category": "total", **values},
            period=period,
            value=value,
            reported_on=date.fromisoformat(on),
        )

    def moved(self, source: str) -> set[str]:
        """The quarters that the last batch of a source names as moved, as its merge would ask for them."""
        _, at = self.batch(source)
        known = [str(period) for period in self.project.periods.all()]
        return touched_quarters(self.connection, at, zone=ZONE.key, periods=known)

    # -- what comes of it ----------------------------------------------------------------------------------

    def pins(self) -> Pins:
        """What is known now."""
        return current_pins(self.connection)

    def raw(self, asked: Indicator) -> list[dict[str, Any]]:
        """Every row of the indicator's evidence as its file returns it, before any quarter is asked for."""
        text = sa.text(evidence_text(asked.evidence))
        known = {
            **self.pins().parameters(),
            **asked.parameters,
            "indicator": asked.code,
            "zone": ZONE.key,
        }
        return [
            dict(row._mapping)
            for row in self.connection.execute(text, {name: known[name] for name in text.compile().params})
        ]

    def gathered(
        self, asked: Indicator, period: str = "2020-Q2", *, pins: Pins | None = None, attribution: str | None = None
    ) -> list[dict[str, Any]]:
        """The attributed evidence of one quarter and line."""
        gather(
            self.connection,
            self.project,
            asked,
            period=Period.parse(period),
            pins=pins or self.pins(),
            base=self.base(asked, period),
            attribution=attribution or asked.attribution,
        )
        return [dict(row._mapping) for row in self.connection.execute(sa.text("SELECT * FROM evidence"))]

    def rows(self, asked: Indicator, period: str = "2020-Q2", **how: Any) -> dict[str, dict[str, Any]]:
        """The same by the name of its account."""
        rows = self.gathered(asked, period, **how)
        named = {self.names.get(row["account_key"], row["evidence_key"]): row for row in rows}
        assert len(named) == len(rows), "more than one row of an account: ask for `gathered`"
        return named

    def reasons(self, asked: Indicator, period: str = "2020-Q2", **how: Any) -> dict[str, str | None]:
        """Account -> why it is excluded (None = counted)."""
        return {name: row["excluded"] for name, row in self.rows(asked, period, **how).items()}

    def all_values(self, asked: Indicator, period: str = "2020-Q2", *, pins: Pins | None = None) -> list[Value]:
        """Every cell of every line of an indicator."""
        source = CellSource(self.connection, self.project, pins or self.pins())
        return indicator_values(source, asked, Period.parse(period), self.base(asked, period))

    def base(self, asked: Indicator, period: str = "2020-Q2") -> Base:
        """What was officially said of an indicator, as seen from a quarter."""
        return current_base(self.connection, replace(self.project, indicators=(asked,)), Period.parse(period))

    def cells(self, asked: Indicator, period: str = "2020-Q2", *, pins: Pins | None = None) -> Cells:
        """The official cells of an indicator."""
        return self.span(asked, period, period, pins=pins)

    def span(self, asked: Indicator, covers: str, period: str = "2020-Q2", *, pins: Pins | None = None) -> Cells:
        """The official cells of an indicator in a span up to a quarter."""
        values = self.all_values(asked, period, pins=pins)
        return {(v.disaggregation, v.category): v for v in values if v.official and v.covers == covers}

    def total(self, asked: Indicator, period: str = "2020-Q2", *, pins: Pins | None = None) -> float | None:
        """The official total of an indicator."""
        value = self.cells(asked, period, pins=pins)["total", "total"].value
        return None if value is None else float(value)


def figures(cells: Cells, disaggregation: str) -> dict[str, float | None]:
    """Category -> value of one breakdown."""
    return {
        category: None if cell.value is None else float(cell.value)
        for (found, category), cell in cells.items()
        if found == disaggregation
    }
