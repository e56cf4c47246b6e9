"""The quarter 2020-Q2 end to end: the real DAGs on a real PostgreSQL, twice, every figure read from the tables."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from nights import SOURCES, DagRunner, Installation, Quarter, Run
from the_case import case_project

from trimestre.indicators.values import evidence_rows
from trimestre.periods import Period
from trimestre.simulators import World
from trimestre.simulators.case_moodle import CERTIFICATE, M1, M2, M3, local_epoch
from trimestre.simulators.people import wall_clock

NEISP, UIF = "NEISP-2020-1", "EISP-UIF-2020"
QUARTERS = ["2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"]
STEPS = {"land", "divide", "stage", "complete", "validate", "merge", "publish"}

# What the tables say by themselves, without any of the product's own evidence or cells.
FUNNEL = """
SELECT
    count(*) FILTER (WHERE e.first_access_at IS NOT NULL) AS entered,
    count(*) FILTER (WHERE 'M1' = ANY(m.passed)) AS m1,
    count(*) FILTER (WHERE 'M2' = ANY(m.passed)) AS m2,
    count(*) FILTER (WHERE 'M3' = ANY(m.passed)) AS m3,
    count(c.account_key) AS finished,
    count(c.account_key) FILTER (WHERE a.sex = 'mujer') AS women,
    count(c.account_key) FILTER (WHERE a.sex = 'hombre') AS men
FROM warehouse.enrolment AS e
INNER JOIN warehouse.account AS a ON a.account_key = e.account_key AND a.valid_to = 'infinity'
LEFT JOIN (
    SELECT account_key, edition, array_agg(module) AS passed FROM warehouse.module_completion
    WHERE valid_to = 'infinity' AND state IN ('completed', 'reset') GROUP BY account_key, edition
) AS m ON m.account_key = e.account_key AND m.edition = e.edition
LEFT JOIN warehouse.certificate AS c
    ON c.account_key = e.account_key AND c.edition = e.edition AND c.valid_to = 'infinity'
    AND c.state IN ('obtained', 'reset')
WHERE e.valid_to = 'infinity' AND e.in_population AND e.edition = :edition
"""

# Indicator, disaggregation, category -> value; everything that the case reports or pins.
FIGURES: dict[tuple[str, str, str], str] = {
    ("L2-01", "total", "total"): "400",
    ("L2-01", "sex", "mujer"): "248",
    ("L2-01", "sex", "hombre"): "152",
    ("L2-02", "total", "total"): "405",
    ("L2-02", "sex", "mujer"): "250",
    ("L2-02", "sex", "hombre"): "155",
    ("L2-02", "edition", NEISP): "377",
    ("L2-02", "edition", UIF): "28",
    ("L2-03", "total", "total"): "87.1",
    ("L2-03", "edition", NEISP): "87.9",
    ("L2-03", "edition", UIF): "77.8",
    ("L2-04", "total", "total"): "87.8",
    ("L2-04", "edition", UIF): "87.8",
    ("L2-05", "total", "total"): "465",
    ("L2-05", "edition", NEISP): "429",
    ("L2-05", "edition", UIF): "36",
    ("L2-06", "module", "M1"): "417",
    ("L2-06", "module", "M2"): "410",
    ("L2-06", "module", "M3"): "408",
    ("L2-06", "module×edition", f"M1 × {NEISP}"): "387",
    ("L2-06", "module×edition", f"M2 × {NEISP}"): "382",
    ("L2-06", "module×edition", f"M3 × {NEISP}"): "380",
    ("L2-06", "module×edition", f"M1 × {UIF}"): "30",
    ("L2-06", "module×edition", f"M2 × {UIF}"): "28",
    ("L2-06", "module×edition", f"M3 × {UIF}"): "28",
    ("L2-07", "total", "total"): "89",
    ("L2-08", "total", "total"): "24.7",
    ("L2-10", "total", "total"): "3",
    ("L1-01", "total", "total"): "0",
    ("L1-02", "total", "total"): "0",
}
STATUSES = {
    "L1-01": "sin_meta",
    "L1-02": "con_rezago",
    "L2-01": "alcanzada",
    "L2-02": "conforme",
    "L2-03": "alcanzada",
    "L2-04": "conforme",
    "L2-05": "con_rezago",
    "L2-06": "sin_meta",
    "L2-07": "alcanzada",
    "L2-08": "con_rezago",
    "L2-10": "conforme",
}
PERCENT_OF_TARGET = {"L2-01": "114.3", "L2-02": "96.4", "L2-04": "92.4", "L2-05": "77.5", "L2-07": "111.3"}


def funnel(here: Installation, edition: str) -> dict[str, int]:
    (row,) = here.rows(FUNNEL, edition=edition)
    return row


def evidence(here: Installation, indicator: str, period: str = "2020-Q2") -> list[dict[str, Any]]:
    with here.engine.connect() as connection:
        return evidence_rows(connection, case_project(), indicator, Period.parse(period))


# -- the figures -----------------------------------------------------------------------------------------------


def test_the_tables_hold_what_the_report_says_of_each_edition(quarter: Quarter) -> None:
    names = ("entered", "m1", "m2", "m3", "finished", "women", "men")
    assert funnel(quarter.here, NEISP) == dict(zip(names, (429, 387, 382, 380, 377, 238, 139), strict=True))
    assert funnel(quarter.here, UIF) == dict(zip(names, (36, 30, 28, 28, 28, 12, 16), strict=True))


@pytest.mark.parametrize("cell", FIGURES, ids="/".join)
def test_every_figure_of_the_case_is_computed(quarter: Quarter, cell: tuple[str, str, str]) -> None:
    found = quarter.here.figure(*cell)
    assert found["value"] == Decimal(FIGURES[cell])
    assert found["obs_status"] == "normal"


@pytest.mark.parametrize("indicator", STATUSES)
def test_every_indicator_has_the_status_of_the_case(quarter: Quarter, indicator: str) -> None:
    found = quarter.here.figure(indicator)
    assert found["status"] == STATUSES[indicator]
    if indicator in PERCENT_OF_TARGET:
        assert found["percent_of_target"] == Decimal(PERCENT_OF_TARGET[indicator])


def test_no_indicator_of_the_case_is_left_out(quarter: Quarter) -> None:
    computed = quarter.here.rows("SELECT DISTINCT indicator FROM results.indicator_value WHERE period = '2020-Q2'")
    assert {row["indicator"] for row in computed} == {*STATUSES, "L2-09"}


def test_certificates_and_persons_are_not_mixed(quarter: Quarter) -> None:
    counted = [row for row in evidence(quarter.here, "L2-02") if row["excluded"] is None]
    people = quarter.here.value(
        "SELECT count(DISTINCT person_key) FROM warehouse.person_link WHERE valid_to = 'infinity'"
        " AND account_key = ANY(CAST(:keys AS uuid[]))",
        keys=[str(row["account_key"]) for row in counted],
    )
    assert (len(counted), people) == (405, 400)
    by_edition = {
        (edition, sex): sum(row["edition"] == edition and row["sex"] == sex for row in counted)
        for edition in (NEISP, UIF)
        for sex in ("mujer", "hombre")
    }
    assert list(by_edition.values()) == [238, 139, 12, 16]


def test_enrolments_that_entered_and_persons_are_not_mixed(quarter: Quarter) -> None:
    counted = [row for row in evidence(quarter.here, "L2-05") if row["excluded"] is None]
    people = quarter.here.value(
        "SELECT count(DISTINCT person_key) FROM warehouse.person_link WHERE valid_to = 'infinity'"
        " AND account_key = ANY(CAST(:keys AS uuid[]))",
        keys=[str(row["account_key"]) for row in counted],
    )
    assert (len(counted), people) == (465, 460)


def test_the_last_evening_of_june_is_in_the_second_quarter_as_it_is_in_mexico(quarter: Quarter) -> None:
    here = quarter.here
    by_event = {"category": UIF, "disaggregation": "edition", "official": False}
    assert here.figure("L2-02", **by_event)["value"] == 21
    assert here.figure("L2-02", **by_event, period="2020-Q3")["value"] == 7
    in_utc = here.value(
        "SELECT count(*) FROM warehouse.certificate WHERE valid_to = 'infinity' AND edition = :edition"
        " AND state = 'obtained' AND obtained_at < '2020-07-01 00:00+00'",
        edition=UIF,
    )
    assert in_utc == 19, "the case no longer tells local time from UTC"


def test_a_certificate_counts_in_one_quarter_only(quarter: Quarter) -> None:
    by_quarter = {period: quarter.here.figure("L2-02", period=period)["value"] for period in QUARTERS}
    assert sum(value or 0 for value in by_quarter.values()) == 405
    assert by_quarter["2020-Q2"] == 405


def test_a_cumulative_figure_stays_in_later_quarters(quarter: Quarter) -> None:
    assert quarter.here.figure("L2-01", period="2020-Q4")["value"] == 400
    assert quarter.here.figure("L2-01", period="2020-Q1")["value"] == 0


def test_a_coverage_is_never_computed_without_knowing_who_was_invited(quarter: Quarter) -> None:
    neisp = quarter.here.figure("L2-04", "edition", NEISP)
    assert (neisp["value"], neisp["obs_status"], neisp["excluded"]) == (None, "n_d", 469)
    total = quarter.here.figure("L2-04")
    assert (total["numerator"], total["denominator"]) == (36, 41)


def test_women_and_men_are_not_available_where_nobody_asked(quarter: Quarter) -> None:
    for sex in ("mujer", "hombre"):
        cell = quarter.here.figure("L2-07", "sex", sex)
        assert (cell["value"], cell["obs_status"]) == (None, "n_d")
    assert quarter.here.figure("L2-07", "sex", "no_especificado")["value"] == 89


def test_the_response_rate_is_of_those_who_attended(quarter: Quarter) -> None:
    cell = quarter.here.figure("L2-08")
    assert (cell["numerator"], cell["denominator"]) == (22, 89)


def test_a_mean_of_few_answers_is_marked(quarter: Quarter) -> None:
    cell = quarter.here.figure("L2-09")
    answers = [
        int(str(row["P01"]).removeprefix("A")) for row in quarter.here.world.surveys[202001].responses
        if row["submitdate"]
    ]  # fmt: skip
    assert (cell["n"], len(answers)) == (60, 60)
    assert cell["value_exact"] == pytest.approx(Decimal(sum(answers)) / 60)
    assert cell["obs_status"] == "no_representativo"
    assert cell["response_rate"] == Decimal("0.1399")  # 60 of the 429 who entered


def test_a_milestone_one_stage_behind_is_as_planned(quarter: Quarter) -> None:
    cell = quarter.here.figure("L2-10")
    assert (cell["value"], cell["target"], cell["status"]) == (3, 4, "conforme")


def test_a_typed_zero_is_a_zero_and_an_empty_cell_is_nothing(quarter: Quarter) -> None:
    here = quarter.here
    typed = here.rows("SELECT indicator, period, value FROM warehouse.reported_value WHERE indicator LIKE 'L1-%'")
    assert {(row["indicator"], row["period"]): row["value"] for row in typed} == {
        ("L1-01", "2020-Q2"): 0,
        ("L1-02", "2020-Q2"): 0,
    }
    not_yet = here.figure("L1-02", period="2020-Q3")
    assert (not_yet["value"], not_yet["obs_status"]) == (None, "n_d")


def test_modules_are_not_added_up(quarter: Quarter) -> None:
    assert quarter.here.figure("L2-06")["value"] is None


@pytest.mark.parametrize("indicator", ["L2-01", "L2-02", "L2-03", "L2-05", "L2-07", "L2-08", "L2-09"])
def test_a_figure_opens_down_to_the_landed_file_and_position(quarter: Quarter, indicator: str) -> None:
    here = quarter.here
    rows = evidence(here, indicator)
    cell = here.figure(indicator)
    counted = [row for row in rows if row["excluded"] is None]
    assert (len(counted), len(rows) - len(counted)) == (cell["n"], cell["excluded"])
    if cell["numerator"] is not None:
        hits = sum(bool(row["hit"]) for row in counted)
        assert cell["numerator"] == (hits if cell["denominator"] and indicator != "L2-09" else cell["numerator"])
    known = {row["landed_file_id"]: row["path"] for row in here.rows("SELECT * FROM ops.landed_file")}
    assert all(row["position"] and row["landed_file_id"] in known for row in rows)
    assert all((here.folder / "landing" / path).is_file() for path in known.values())


# -- the accountings -------------------------------------------------------------------------------------------


def test_every_record_of_every_batch_is_accounted_for(quarter: Quarter) -> None:
    here = quarter.here
    accounts = here.rows("SELECT * FROM ops.record_account")
    assert accounts
    for row in accounts:
        assert row["landed"] == row["blank"] + row["repeated"] + row["unchanged"] + row["parsed"], row
    # A scope tells independently how many different records came that were not blank.
    told = here.rows("SELECT batch_id, dataset, sum(records) AS n FROM ops.scope_delivery GROUP BY batch_id, dataset")
    assert {(r["batch_id"], r["dataset"]): r["landed"] - r["blank"] - r["repeated"] for r in accounts} == {
        (r["batch_id"], r["dataset"]): r["n"] for r in told
    }
    batches = {row["batch_id"] for row in here.rows("SELECT batch_id FROM ops.batch WHERE state = 'merged'")}
    assert {row["batch_id"] for row in accounts} == batches


def test_the_records_are_those_that_people_typed(quarter: Quarter) -> None:
    here = quarter.here
    (row,) = here.rows(
        "SELECT a.* FROM ops.record_account AS a INNER JOIN ops.batch AS b USING (batch_id)"
        " WHERE b.source = 'eventos' ORDER BY batch_id LIMIT 1"
    )
    lines = here.world.attendance
    assert row["landed"] == len(lines)
    assert row["blank"] == sum(line.attendee is None for line in lines)
    assert row["parsed"] == 89
    assert row["repeated"] == len(lines) - 89 - row["blank"]


def test_every_row_of_every_batch_is_accounted_for(quarter: Quarter) -> None:
    here = quarter.here
    accounts = here.rows("SELECT a.*, b.source, b.merged_at FROM ops.row_account AS a INNER JOIN ops.batch AS b"
                         " USING (batch_id) ORDER BY batch_id, entity")  # fmt: skip
    assert {row["batch_id"] for row in accounts} == {
        row["batch_id"] for row in here.rows("SELECT batch_id FROM ops.batch WHERE state = 'merged'")
    }
    for row in accounts:
        parts = ("merged", "unchanged", "quarantined", "repeated", "out_of_scope")
        assert row["landed"] == sum(row[part] for part in parts), row
        assert row["merged"] == row["new"] + row["changed"] + row["returned"], row
        assert row["current_after"] == row["current_before"] + row["new"] + row["returned"] - row["vanished"], row
        if row["entity"] == "record":
            continue
        # The tables themselves, at the system time of the merge.
        schema = "restricted" if row["entity"] == "account_identity" else "warehouse"
        (found,) = here.rows(
            "SELECT count(*) FILTER (WHERE valid_from <= :at AND valid_to > :at AND vanished_at IS NULL) AS present,"
            " count(*) FILTER (WHERE batch_id = :batch_id AND vanished_at IS NULL) AS merged,"
            " count(*) FILTER (WHERE batch_id = :batch_id AND vanished_at IS NOT NULL) AS vanished"
            f" FROM {schema}.{row['entity']} WHERE source = :source",
            at=row["merged_at"],
            batch_id=row["batch_id"],
            source=row["source"],
        )
        assert (row["current_after"], row["merged"], row["vanished"]) == tuple(found.values()), row


def test_nothing_of_the_case_is_held_back(quarter: Quarter) -> None:
    assert quarter.here.value("SELECT count(*) FROM quarantine.row") == 0
    assert quarter.here.value("SELECT sum(quarantined) FROM ops.row_account") == 0


def test_no_row_is_left_in_staging(quarter: Quarter) -> None:
    tables = quarter.here.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'staging'")
    assert len(tables) > 10
    for table in tables:
        assert quarter.here.value(f"SELECT count(*) FROM staging.{table['table_name']}") == 0, table


# -- the second night ------------------------------------------------------------------------------------------


def test_the_first_night_runs_through_and_names_its_quarters(quarter: Quarter) -> None:
    ingests = [quarter.first[f"ingest__{source}"] for source in SOURCES]
    assert all(run.state == "success" and run.tasks == dict.fromkeys(STEPS, "success") for run in ingests)
    assert all(run.named and all(" · " in name for name in run.named) for run in ingests)
    assert sorted({key for run in ingests for key in run.partitions}) == QUARTERS
    assert all(quarter.first[f"indicators {key}"].state == "success" for key in QUARTERS)
    assert all(quarter.first[f"indicators {key}"].tasks["compute"] == "success" for key in QUARTERS)
    assert any(quarter.first[f"indicators {key}"].tasks["refresh_marts"] == "success" for key in QUARTERS)


def test_a_night_without_news_names_no_quarter_and_computes_nothing(quarter: Quarter) -> None:
    # what brought no file gives no task that stages one
    empty = {row["source"] for row in quarter.here.rows("SELECT source FROM ops.batch WHERE state = 'empty'")}
    assert set() < empty < set(SOURCES)
    for source in SOURCES:
        staged = "skipped" if source in empty else "success"
        expected = Run("success", {**dict.fromkeys(STEPS, "success"), "stage": staged, "publish": "skipped"}, [])
        assert quarter.second[f"ingest__{source}"] == expected


def test_a_night_without_news_changes_no_row_of_any_table(quarter: Quarter) -> None:
    assert quarter.after_first["warehouse.enrolment"][0] > 500
    assert quarter.after_first["restricted.account_identity"][0] > 500
    assert quarter.after_first["results.indicator_value"][0] > 100
    assert quarter.after_second == quarter.after_first


def test_a_night_without_news_parses_nothing_anew(quarter: Quarter) -> None:
    (night,) = quarter.here.rows(
        "SELECT count(DISTINCT batch_id) AS batches, sum(parsed) AS parsed, sum(a.unchanged) AS unchanged"
        " FROM ops.record_account AS a INNER JOIN ops.batch AS b USING (batch_id)"
        " WHERE b.batch_id > (SELECT max(batch_id) / 2 FROM ops.batch) AND b.source IN ('moodle_pnud', 'encuestas')"
    )
    assert night["batches"] == 2
    assert night["parsed"] == 0
    assert night["unchanged"] > 900


def test_an_unchanged_file_is_not_landed_again(quarter: Quarter) -> None:
    files = quarter.here.rows(
        "SELECT b.source, count(*) AS batches, count(f.landed_file_id) AS files FROM ops.batch AS b"
        " LEFT JOIN ops.landed_file AS f USING (batch_id) WHERE b.source = ANY(:sources) GROUP BY b.source",
        sources=["eventos", "plataforma_sfp", "datos_capturados"],
    )
    assert {row["source"]: (row["batches"], row["files"]) for row in files} == {
        "eventos": (2, 1),
        "plataforma_sfp": (2, 1),
        "datos_capturados": (2, 1),
    }


def test_computing_again_is_skipped_and_a_run_without_a_quarter_fails(quarter: Quarter, dags: DagRunner) -> None:
    again = dags.run("indicators", quarter.here.environment, {"partition_key": "2020-Q2"})
    assert (again.state, again.tasks["compute"], again.partitions) == ("success", "skipped", [])
    assert again.tasks["refresh_marts"] in ("success", "skipped")  # whether anybody told of the second night before
    none = dags.run("indicators", quarter.here.environment)
    assert none == Run("failed", {"compute": "failed", "refresh_marts": "upstream_failed"}, [])
    of_batches = {"marts.batch", "marts.rule_result"}  # the second night is told, as it computed nothing itself
    assert {k: v for k, v in quarter.here.snapshot().items() if k not in of_batches} == {
        k: v for k, v in quarter.after_second.items() if k not in of_batches
    }


# -- what changes between nights -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """The case after a third night with news: who is who, and what it ran."""

    here: Installation
    who: dict[str, int]
    runs: dict[str, Run]

    def account_key(self, name: str) -> str:
        return str(
            self.here.value(
                "SELECT account_key FROM restricted.account_identity WHERE source = 'moodle_pnud'"
                " AND local_id = :id AND valid_to = 'infinity'",
                id=str(self.who[name]),
            )
        )

    def current(self, columns: str, table: str, name: str, condition: str = "TRUE") -> tuple[Any, ...]:
        (row,) = self.here.rows(
            f"SELECT {columns} FROM warehouse.{table} WHERE account_key = CAST(:key AS uuid) AND valid_to = 'infinity'"
            f" AND edition = '{NEISP}' AND {condition}",
            key=self.account_key(name),
        )
        return tuple(row.values())


def reached(world: World, *cmids: int, sex: str = "") -> list[int]:
    """Counted learners who completed exactly these activities (the hidden old one aside), with one enrolment."""
    done: dict[int, set[int]] = {}
    for (cmid, user_id), completion in world.moodle.completions.items():
        if completion.state in (1, 2) and cmid in (M1, M2, M3, CERTIFICATE):
            done.setdefault(user_id, set()).add(cmid)
    return [
        user_id
        for user_id in sorted(world.moodle.users)
        if world.is_counted(user_id)
        and (2, user_id) in world.moodle.course_access
        and done.get(user_id, set()) == set(cmids)
        and (not sex or world.people[user_id].sex == sex)
        and world.people[user_id] not in [learner.person for learner in world.sfp]
    ]


def change(world: World) -> dict[str, int]:
    """The news of the third night, each about somebody else."""
    certified = reached(world, M1, M2, M3, CERTIFICATE, sex="mujer")[5:]
    only_m1 = reached(world, M1)
    who = {
        "unenrolled": certified[0],
        "suspended account": certified[1],
        "undone certificate": certified[2],
        "undone module": only_m1[0],
        "suspended and emptied": only_m1[1],
        "became teacher": reached(world)[0],
        "deleted": certified[3],
    }
    now = local_epoch(2020, 7, 14, 12)
    world.unenrol(who["unenrolled"], now)
    world.delete_account(who["deleted"], now)
    world.change_user(who["suspended account"], suspended=True)
    world.undo_completion(who["undone certificate"], CERTIFICATE, now)
    world.undo_completion(who["undone module"], M1, now)
    world.suspend_enrolment(who["suspended and emptied"])
    world.undo_completion(who["suspended and emptied"], M1, now)
    for enrolment in world.moodle.enrolments:
        if (enrolment.course_id, enrolment.user_id) == (2, who["became teacher"]):
            enrolment.role = "editingteacher"
    who["came suspended"] = world.add_learner("mujer", suspended=True)
    for cmid in (M1, M2, M3, CERTIFICATE):
        world.complete(who["came suspended"], cmid, local_epoch(2020, 5, 10, 12))
    who["came late"] = world.add_learner("hombre")
    world.access(who["came late"], now)
    # Somebody of the UIF who entered and did not finish gets the certificate two days after the extended close.
    late = next(learner for learner in world.sfp if learner.entered_at and not learner.certified_at)
    late.certified_at = wall_clock(2020, 7, 9, 12)
    return who


@pytest.fixture(scope="module")
def changed(
    quarter: Quarter, install: Callable[..., AbstractContextManager[Installation]], dags: DagRunner
) -> Iterator[Changed]:
    quarter.here.engine.dispose()  # a database is copied only while nobody is connected
    with install(quarter.here.engine.url.database) as here:
        who = change(here.world)
        here.drop()
        yield Changed(here, who, here.night(dags, ["moodle_pnud", "plataforma_sfp"]))


def test_news_of_one_quarter_name_that_quarter_and_the_later_ones(changed: Changed) -> None:
    assert changed.runs["ingest__moodle_pnud"].partitions == ["2020-Q2", "2020-Q3", "2020-Q4"]


def test_only_what_was_undone_by_the_learners_themselves_is_no_longer_counted(changed: Changed) -> None:
    here = changed.here
    # one became a teacher, one came late and is capped to the last day
    assert here.figure("L2-05", "edition", NEISP)["value"] == 429 - 1 + 1
    assert here.figure("L2-06", "module×edition", f"M1 × {NEISP}")["value"] == 387 - 1
    assert here.figure("L2-06", "module×edition", f"M2 × {NEISP}")["value"] == 382
    assert here.figure("L2-06", "module×edition", f"M3 × {NEISP}")["value"] == 380
    assert here.figure("L2-02", "edition", NEISP)["value"] == 377 - 1
    assert here.figure("L2-01")["value"] == 400 - 1


@pytest.mark.parametrize("name", ["unenrolled", "deleted"])
def test_whom_the_platform_forgets_still_counts(changed: Changed, name: str) -> None:
    assert changed.current("vanished_at IS NOT NULL, in_population", "enrolment", name) == (True, True)
    assert changed.current("state", "certificate", name) == ("obtained",)
    # The platform resets a quiz when it takes somebody out.
    (state,) = changed.current("state", "module_completion", name, "module = 'M3'")
    assert state in {"completed", "reset"}
    keys = {str(row["account_key"]) for row in evidence(changed.here, "L2-02") if row["excluded"] is None}
    assert changed.account_key(name) in keys


def test_a_suspended_account_still_counts(changed: Changed) -> None:
    enrolment = changed.current("active, in_population, vanished_at", "enrolment", "suspended account")
    assert enrolment == (False, True, None)
    assert changed.current("state", "certificate", "suspended account") == ("obtained",)


def test_a_completion_undone_by_an_active_learner_is_undone(changed: Changed) -> None:
    module = changed.current("state, completed_at", "module_completion", "undone module", "module = 'M1'")
    assert module == ("not_completed", None)
    certificate = changed.current("state, obtained_at", "certificate", "undone certificate")
    assert certificate == ("not_obtained", None)


def test_a_completion_emptied_with_the_suspension_is_kept_as_reset(changed: Changed) -> None:
    state, at = changed.current("state, completed_at", "module_completion", "suspended and emptied", "module = 'M1'")
    assert state == "reset"
    assert at < datetime(2020, 5, 19, 5, tzinfo=UTC)


def test_who_is_first_seen_suspended_never_enters(changed: Changed) -> None:
    assert changed.current("in_population", "enrolment", "came suspended") == (False,)
    key = changed.account_key("came suspended")
    rows = [row for row in evidence(changed.here, "L2-02") if str(row["account_key"]) == key]
    assert [row["excluded"] for row in rows] == ["fuera_de_la_poblacion"]


def test_who_becomes_a_teacher_leaves_the_population(changed: Changed) -> None:
    enrolment = changed.current("role = 'student', in_population", "enrolment", "became teacher")
    assert enrolment == (False, False)


def test_an_entry_after_the_close_is_capped_and_flagged(changed: Changed) -> None:
    rows = {str(row["account_key"]): row for row in evidence(changed.here, "L2-05")}
    row = rows[changed.account_key("came late")]
    assert row["at_estimated"]
    assert row["at"] < datetime(2020, 5, 19, 5, tzinfo=UTC)  # midnight after 18 May in Mexico City


def test_what_comes_after_the_extended_close_is_not_in_the_quarter(changed: Changed) -> None:
    here = changed.here
    assert here.value(
        "SELECT count(*) FROM warehouse.certificate WHERE valid_to = 'infinity' AND edition = :edition"
        " AND state = 'obtained'",
        edition=UIF,
    ) == 29  # fmt: skip
    assert here.figure("L2-02", "edition", UIF)["value"] == 28
    assert here.figure("L2-03", "edition", UIF)["value"] == Decimal("77.8")
    assert here.figure("L2-02", "edition", UIF, period="2020-Q3")["value"] == 1, "late, it counts in the next one"
    by_event = {"category": UIF, "disaggregation": "edition", "official": False}
    assert here.figure("L2-02", **by_event)["value"] == 21
    assert here.figure("L2-02", **by_event, period="2020-Q3")["value"] == 7 + 1


def test_after_a_gap_an_emptied_completion_still_counts(changed: Changed, dags: DagRunner) -> None:
    """The fourth night: back on the list, and the platform has forgotten the quiz. Last, since it changes the case."""
    here, world = changed.here, changed.here.world
    back = changed.who["unenrolled"]
    world.enrol_again(back)
    world.undo_completion(back, M1, local_epoch(2020, 8, 3, 9))
    world.change_user(changed.who["suspended account"], suspended=False)
    before = {module: here.figure("L2-06", "module", module)["value"] for module in ("M1", "M2", "M3")}
    assert here.night(dags, ["moodle_pnud"])["ingest__moodle_pnud"].state == "success"
    assert changed.current("vanished_at", "enrolment", "unenrolled") == (None,)
    for module in ("M1", "M3"):
        assert changed.current("state", "module_completion", "unenrolled", f"module = '{module}'") == ("reset",)
    assert {module: here.figure("L2-06", "module", module)["value"] for module in before} == before
    assert here.figure("L2-02", "edition", NEISP)["value"] == 376
    assert changed.current("active", "enrolment", "suspended account") == (True,)
