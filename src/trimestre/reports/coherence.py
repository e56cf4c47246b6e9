"""Findings as people read them: a Spanish sentence each.

Data flow: finding (as ``results.candidate.findings`` keeps it) -> sentence.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.periods import PROJECT
from trimestre.reports.definitions import definition_sentence
from trimestre.reports.figures import number

PARTS = texts.FINDING_PARTS


def sentence(finding: Mapping[str, Any], project: Project) -> str:
    """A finding in one sentence, with the code of its indicator before it: value, what is expected, what to do."""
    indicator = next((item for item in project.indicators if item.code == finding["indicator"]), None)
    variant = _variant(finding)
    said = texts.FINDINGS.get(variant)
    if said is None:
        return definition_sentence(finding)
    text = said.format(**_words(finding, project, indicator))
    if variant in texts.FINDING_ASKS:
        text += f" {texts.FINDING_ASKS[variant]}"
    place = f" ({finding['category']})" if finding["category"] and "{category}" not in said else ""
    return f"{finding['indicator']}{place}: {text}" if finding["indicator"] else _capital(text)


def without_ask(spoken: str) -> str:
    """The sentence of a finding that was explained: nobody is asked any more."""
    return next((spoken.removesuffix(f" {ask}") for ask in texts.FINDING_ASKS.values() if spoken.endswith(ask)), spoken)


def _variant(finding: Mapping[str, Any]) -> str:
    check, values = str(finding["check"]), finding["values"]
    if check == "deviation" and values.get("stages"):
        return "deviation_stages"
    if check == "late_sources" and values["state"] in {"rejected", "abandoned"}:
        return "late_sources_failed"
    if check == "late_sources" and values["state"] in {"landing", "landed", "staged", "validated"}:
        return "late_sources_running"
    return check


def _words(finding: Mapping[str, Any], project: Project, indicator: Indicator | None) -> dict[str, Any]:
    """What the sentences name: every value printed, and what is made of several of them."""
    values = finding["values"]
    words = {name: _printed(value, name, indicator) for name, value in values.items()}
    words["category"] = finding["category"] or ""
    words["line"] = "" if values.get("official", True) else PARTS["reconciliation"]
    words["range"] = _range(words if finding["check"] != "change_out_of_band" else _percents(values))
    if values.get("covers") == PROJECT:
        words["covers"] = PARTS["project"]
    if finding["check"] == "deviation" and "percent" in values and indicator is not None:
        kind = "of_progress" if indicator.direction == "decrease" else "of_target"
        words["percent"] = PARTS[kind].format(percent=number(values["percent"], 1, percent=True))
    if finding["check"] == "change_out_of_band":
        words["change"] = number(values["change"], 1, percent=True)
    if finding["check"] == "funnel":
        words |= {name: texts.FUNNEL_STEPS[values[name]] for name in ("of", "among")}
    if finding["check"] == "retained_rows":
        every = len(values["indicators"]) == sum(item.state == "vigente" for item in project.indicators)
        words["indicators"] = PARTS["all_indicators"] if every else ", ".join(values["indicators"])
        words["entity"] = texts.ENTITIES.get(values["entity"], values["entity"])
    if finding["check"] == "late_sources":
        words["merged"] = _day(values["merged_on"]) if values["merged_on"] else PARTS["never"]
        words["since"] = _day(values["since"])
        words["state"] = texts.BATCH_STATES.get(values["state"] or "", "")
    return words


def _printed(value: Any, name: str, indicator: Indicator | None) -> Any:
    """A value of the indicator in its unit, another number plain, a text as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return texts.NOT_AVAILABLE if value is None else value
    if name in {"value", "target", "before", "min", "max", "parts", "total", "now", "published"} and indicator:
        if name in {"value", "target"} and value in range(len(indicator.stages)):
            return indicator.stages[int(value)]
        return number(value, _decimals(value), percent=indicator.kind_of_value == "percentage")
    return number(value, _decimals(value), percent=name in {"rate", "min_rate"})


def _range(words: Mapping[str, Any]) -> str:
    least, greatest = (words.get(name, texts.NOT_AVAILABLE) for name in ("min", "max"))
    if least == texts.NOT_AVAILABLE:
        return PARTS["at_most"].format(max=greatest)
    return PARTS["at_least" if greatest == texts.NOT_AVAILABLE else "between"].format(min=least, max=greatest)


def _percents(values: Mapping[str, Any]) -> dict[str, str]:
    sides = {name: values[name] for name in ("min", "max") if values.get(name) is not None}
    return {name: number(side, _decimals(side), percent=True) for name, side in sides.items()}


def _decimals(value: float | Decimal) -> int:
    """As many decimals as it has, four at most."""
    exponent = round(Decimal(str(value)), 4).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
