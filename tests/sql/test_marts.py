"""The tables for analysts say what the indicators say: every figure of the case, summed up again from the marts."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from mart_case import a_night, clean_case, compare, rows

from trimestre import texts
from trimestre.contracts import load_project
from trimestre.embedded import EmbeddedPostgres
from trimestre.pipeline import night
from trimestre.pipeline.marts.refreshing import GROUPS
from trimestre.simulators import World
from trimestre.warehouse.database import connect
from trimestre.warehouse.tables import metadata

PROJECT = load_project(Path(__file__).resolve().parents[2])
QUARTERS = [str(period) for period in PROJECT.periods.all()]
INDICATORS = {indicator.code: indicator for indicator in PROJECT.indicators if indicator.evidence != "reported_values"}


@pytest.fixture(scope="module")
def told(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[sa.Engine, World]]:
    """The case after one night, its figures and its marts. Read only."""
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    with clean_case(engine, tmp_path_factory.mktemp("case")) as (plant, world):
        a_night(plant)
        night.refresh_marts(plant)
        yield engine, world
    engine.dispose()
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def ask(told: tuple[sa.Engine, World]) -> Callable[..., list[dict[str, Any]]]:
    """Ask the case's warehouse."""
    return lambda statement, **parameters: rows(told[0], statement, **parameters)


def test_every_mart_is_filled_in_some_group() -> None:
    filled = [name for group in GROUPS.values() for name in group]
    assert sorted(filled) == sorted(table.name for table in metadata.tables.values() if table.schema == "marts")


# -- every figure again ----------------------------------------------------------------------------------------


def lines() -> list[tuple[str, str]]:
    return [(code, rule) for code, i in INDICATORS.items() for rule in (i.attribution, *i.reconciliation)]


@pytest.mark.parametrize("period", QUARTERS)
@pytest.mark.parametrize("line", lines(), ids="/".join)
def test_a_figure_summed_up_from_the_marts_is_the_indicator(
    ask: Callable[..., Any], line: tuple[str, str], period: str
) -> None:
    indicator = INDICATORS[line[0]]
    compare(ask, indicator, line[1], period)


def test_the_figures_of_the_case_stand_in_the_marts(ask: Callable[..., Any]) -> None:
    (certificates,) = ask(
        "SELECT count(*) AS n, count(*) FILTER (WHERE is_first) AS persons,"
        " count(*) FILTER (WHERE sex = 'mujer') AS women, count(*) FILTER (WHERE sex = 'hombre') AS men"
        " FROM marts.certificate WHERE counted AND attribution_rule = 'edition' AND attributed_period = '2020-Q2'"
    )
    assert certificates == {"n": 405, "persons": 400, "women": 250, "men": 155}
    by_event = ask(
        "SELECT attributed_period, count(*) AS n, count(*) FILTER (WHERE is_first) AS persons FROM marts.certificate"
        " WHERE counted AND attribution_rule = 'event' GROUP BY 1 ORDER BY 1"
    )
    assert [(row["attributed_period"], row["n"]) for row in by_event] == [("2020-Q2", 398), ("2020-Q3", 7)]
    assert sum(row["persons"] for row in by_event) == 400
    editions = ask("SELECT entered, passed_any, passed_all, certified FROM marts.edition ORDER BY opens_on")
    assert [tuple(row.values()) for row in editions] == [(429, 387, 380, 377), (36, 30, 28, 28)]
    (passed,) = ask("SELECT passed_by_module FROM marts.edition WHERE edition = 'NEISP-2020-1'")
    assert passed == {"passed_by_module": "M1: 387 · M2: 382 · M3: 380"}


def test_a_cumulative_number_of_persons_is_the_sum_of_first_certificates(ask: Callable[..., Any]) -> None:
    for period in QUARTERS:
        (row,) = ask(
            "SELECT (SELECT count(*) FROM marts.certificate WHERE is_first AND attribution_rule = 'edition'"
            " AND attributed_period <= :period) AS firsts, value FROM marts.indicator_value WHERE is_current"
            " AND indicator = 'L2-01' AND disaggregation = 'total' AND period = :period",
            period=period,
        )
        assert row["firsts"] == row["value"]


def test_the_persons_of_the_mart_are_those_certified(ask: Callable[..., Any]) -> None:
    (row,) = ask(
        "SELECT count(*) FILTER (WHERE certificates > 0) AS certified, sum(certificates) AS certificates,"
        " count(*) FILTER (WHERE certificates = 2) AS twice,"
        " count(*) FILTER (WHERE first_certified_period_by_edition = '2020-Q2') AS q2 FROM marts.person"
    )
    assert row == {"certified": 400, "twice": 5, "certificates": 405, "q2": 400}


@pytest.mark.parametrize("mart", ["enrolment", "enrolment_module", "certificate", "attendance", "answer", "person"])
def test_nobody_is_in_two_cells_and_nobody_in_none(ask: Callable[..., Any], mart: str) -> None:
    (row,) = ask(
        "SELECT count(*) AS n, count(*) FILTER (WHERE sex IN ('mujer', 'hombre', 'no_binario', 'otro',"
        f" 'no_especificado')) AS told, count(*) FILTER (WHERE sex = 'no_especificado' AND sex_source IS NOT NULL)"
        f" AS contradictory FROM marts.{mart}"
    )
    assert row["n"] == row["told"] > 0
    assert row["contradictory"] == 0


# -- what is not known is not zero -----------------------------------------------------------------------------


def test_women_and_men_of_an_event_that_did_not_ask_are_not_zero(ask: Callable[..., Any]) -> None:
    (event,) = ask("SELECT attended, women, men, sex_unknown, responded, response_rate FROM marts.event")
    assert event == {
        "attended": 89, "women": None, "men": None, "sex_unknown": 89,
        "responded": 22, "response_rate": Decimal("24.7"),
    }  # fmt: skip
    cells = ask(
        "SELECT value, obs_status FROM marts.indicator_value WHERE indicator = 'L2-07' AND period = '2020-Q2'"
        " AND category IN ('mujer', 'hombre')"
    )
    assert cells == [{"value": None, "obs_status": "n. d."}] * 2


def test_a_survey_tells_its_n_and_its_rate(ask: Callable[..., Any]) -> None:
    surveys = {row["survey"]: row for row in ask("SELECT * FROM marts.survey")}
    assert (surveys["salida-neisp"]["reached"], surveys["salida-neisp"]["responded"]) == (429, 60)
    assert surveys["salida-neisp"]["response_rate"] == Decimal("14.0")
    assert (surveys["encuesta-mapeo"]["reached"], surveys["encuesta-mapeo"]["reached_responded"]) == (89, 22)


def test_an_answer_keeps_the_words_it_was_given_to(ask: Callable[..., Any], told: tuple[sa.Engine, World]) -> None:
    (asked,) = [question for question in told[1].surveys[202001].questions if question.code == "P01"]
    found = ask(
        "SELECT DISTINCT language, wording, wording_version, label, label_shown FROM marts.answer"
        " WHERE survey = 'salida-neisp' AND question = 'P01' AND answered"
    )
    assert {row["wording_version"] for row in found} == {1}
    wordings = {language: text.removeprefix("<p>").removesuffix("</p>") for language, text in asked.text.items()}
    assert {(row["language"], row["wording"]) for row in found} == set(wordings.items())
    assert len(wordings) == 2
    for row in found:
        shown = {option.label["es-MX"]: option.label[row["language"]] for option in asked.options}
        assert row["label_shown"] == shown[row["label"]], "the label in the language of the response, beside the base's"


# -- where figures come from -----------------------------------------------------------------------------------


def test_what_is_left_out_is_told_by_reason_and_adds_up(ask: Callable[..., Any]) -> None:
    for row in ask(
        "SELECT v.indicator, v.period, v.attribution_rule, v.excluded, coalesce(sum(x.rows), 0) AS told"
        " FROM marts.indicator_value AS v LEFT JOIN marts.exclusion AS x USING (indicator, period, attribution_rule)"
        " WHERE v.is_current AND v.disaggregation = 'total' GROUP BY 1, 2, 3, 4"
    ):
        assert row["told"] == row["excluded"], row
    found = {
        (row["indicator"], row["reason"]): (row["rows"], row["value"], row["value_if_counted"])
        for row in ask("SELECT * FROM marts.exclusion WHERE period = '2020-Q2' AND official")
    }
    assert found["L2-02", "fuera_de_la_poblacion"] == (2, 405, 407)
    assert found["L2-01", "fuera_de_la_poblacion"] == (2, 400, 402)
    assert found["L2-04", "poblacion_desconocida"][0] == 469
    assert all(row["reason_text"] != row["reason"] for row in ask("SELECT reason, reason_text FROM marts.exclusion"))


def test_the_value_of_an_exclusion_is_the_indicators(ask: Callable[..., Any]) -> None:
    assert ask("SELECT 1 FROM marts.exclusion WHERE value IS NOT NULL")
    assert not ask(
        "SELECT x.indicator, x.period, x.value, v.value FROM marts.exclusion AS x INNER JOIN marts.indicator_value AS v"
        " USING (indicator, period, attribution_rule) WHERE v.is_current AND v.disaggregation = 'total'"
        " AND v.measure NOT IN ('latest', 'milestone') AND x.value IS DISTINCT FROM v.value"
    )


def test_a_bridge_leads_from_one_quarter_to_the_next(ask: Callable[..., Any]) -> None:
    bridges = ask("SELECT * FROM marts.quarter_bridge ORDER BY indicator, period")
    whole = [row for row in bridges if row["obs_note"] is None]
    assert {row["indicator"] for row in whole} == {"L2-01"}
    assert all(row["previous_value"] + row["added"] + row["corrected"] == row["value"] for row in whole)
    assert [(row["added"], row["value"]) for row in whole] == [(0, 0), (400, 400), (0, 400), (0, 400)]
    shares = [row for row in bridges if row["indicator"] == "L2-03"]
    assert all(row["added"] is None and row["obs_note"] == "no_aditivo" for row in shares)


def test_an_explanation_says_how_a_value_comes_about(ask: Callable[..., Any]) -> None:
    said = {
        row["indicator"]: row["explanation"]
        for row in ask(
            "SELECT indicator, explanation FROM marts.indicator_value WHERE period = '2020-Q2' AND official"
            " AND disaggregation = 'total'"
        )
    }
    assert said["L2-01"].startswith("400: personas distintas, por 405 registros que cuentan.")
    assert said["L2-03"].startswith("87.1%: 405 de 465. Ningún registro se deja fuera. Por edición:")
    assert "Etapa 3 (en revisión interna)" in said["L2-10"]
    assert "no es representativo" in said["L2-09"].lower()
    assert all("%" not in text.replace("87.1%", "").replace("87.8%", "").replace("24.7%", "") for text in said.values())
    assert all("  " not in text and "{" not in text for text in said.values())


def test_a_status_is_in_the_reports_words_and_every_target_is_told(ask: Callable[..., Any]) -> None:
    told = ask(
        "SELECT v.indicator, v.status, v.target, t.target AS promised, t.in_force, v.target_version"
        " FROM marts.indicator_value AS v"
        " INNER JOIN marts.indicator_target AS t USING (indicator, period, target_version)"
        " WHERE v.period = '2020-Q2' AND v.official AND v.disaggregation = 'total'"
    )
    assert len(told) == len(PROJECT.indicators)
    assert all(row["target"] == row["promised"] and row["in_force"] for row in told)
    assert {row["status"] for row in told} <= set(texts.STATUS.values())


def test_batches_and_rules_are_told_in_spanish(ask: Callable[..., Any]) -> None:
    assert ask("SELECT 1 FROM marts.batch WHERE state = 'merged' AND new > 0")
    assert not ask(
        "SELECT batch_id FROM marts.batch WHERE landed"
        " <> new + changed + returned + unchanged + quarantined + repeated + out_of_scope"
    )
    assert ask("SELECT 1 FROM marts.rule_result WHERE checked > 0")
    assert not ask("SELECT rule FROM marts.rule_result WHERE what IS NULL OR how_to_fix IS NULL")


def test_an_institution_that_no_list_knows_is_named(ask: Callable[..., Any]) -> None:
    unknown = {row["institution"] for row in ask("SELECT institution FROM marts.unmatched_institution")}
    listed = ask("SELECT DISTINCT institution_name FROM marts.person WHERE institution_listed")
    assert unknown
    assert listed
    assert not unknown & {row["institution_name"] for row in listed}


# -- nobody is named -------------------------------------------------------------------------------------------


def test_no_mart_names_anybody(ask: Callable[..., Any], told: tuple[sa.Engine, World]) -> None:
    """Names, e-mails, legal ids: of every synthetic person."""
    secrets = {
        text.lower() for person in told[1].people.values() for text in (person.email, person.curp, person.full_name)
    }
    assert len(secrets) > 1000
    for table in metadata.tables.values():
        if table.schema == "marts":
            said = "\n".join(
                str(row["t"]).lower() for row in ask(f"SELECT CAST(t AS text) AS t FROM {table.fullname} AS t")
            )
            assert [secret for secret in secrets if secret in said] == [], table.name
