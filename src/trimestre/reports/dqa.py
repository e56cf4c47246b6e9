"""Data quality assessment (DQA), a pack to be completed: per indicator the five standards with what is on record.

Standards: USAID, Data Quality Assessment checklist (201sae): validity, reliability, timeliness, precision, integrity.
The questions stand in the Word template (``framework/templates/dqa-es.docx``, ``-en``); judgements are left to people.

Data flow: Quarter + Facts -> lines under each standard -> template -> .docx.
"""

from pathlib import Path
from typing import Any

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.periods import Period
from trimestre.reports.facts import EvidenceFacts, Facts
from trimestre.reports.figures import method_change, number
from trimestre.reports.naming import file_name
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.restating import moved, reason_of
from trimestre.reports.sheets import breakdowns_text, fill, footer, result_text, template_of
from trimestre.reports.words import day, target_text, told, value_text, version_text
from trimestre.texts import EXCLUSIONS, EXCLUSIONS_EN
from trimestre.texts.sheets import ASSESSMENT, SHEETS


def write(quarter: Quarter, folder: Path, language: str = "es") -> list[Path]:
    """Write the pack of a quarter that was read with its facts; :class:`ContractError` without a template."""
    facts = quarter.facts
    if facts is None:
        raise ValueError("a quarter without its facts")
    path = folder / file_name("dqa", quarter, language, "docx")
    context = {
        "sheets": [sheet(quarter, figure, facts, language) for figure in quarter.figures],
        "sources": sources(quarter.project, facts, language),
        "footer": footer(quarter, language),
    }
    template = template_of(quarter.project, "dqa", language)
    return [fill(template, path, context, quarter.version.decided_at)]


def sheet(quarter: Quarter, figure: Figure, facts: Facts, language: str) -> dict[str, Any]:
    """What the template names of one indicator: its head, and the lines on record under each standard."""
    indicator = figure.indicator
    behind = facts.evidence.get(indicator.code)
    return {
        "code": indicator.code,
        "name": told(indicator.name, language),
        "project": quarter.project.framework.project,
        "result": result_text(quarter.project, indicator, language),
        "data_source": told(indicator.data_source, language),
        "period": f"{quarter.period} ({quarter.fiscal})",
        "version": version_text(quarter, language),
        "value": value_text(indicator, figure.total, language),
        "kind": ASSESSMENT[language]["kind"],
        "method": told(indicator.method, language),
        "validity": _validity(figure, behind, language),
        "reliability": _reliability(quarter, indicator, language),
        "timeliness": _timeliness(quarter, indicator, behind, facts, language),
        "precision": _precision(figure, behind, language),
        "integrity": _integrity(quarter, figure, behind, facts, language),
    }


def sources(project: Project, facts: Facts, language: str) -> list[dict[str, str]]:
    """The annex: what each source brought, in rows."""
    rows = []
    for code, known in facts.sources.items():
        rows.append(
            {
                "name": _name(project, code, language),
                "batches": number(known.batches),
                "last": _local(project, known.last_merged_at, language),
                "landed": number(known.landed),
                "merged": number(known.merged),
                "quarantined": number(known.quarantined),
                "repeated": number(known.repeated),
                "checked": number(known.checked),
                "failed_critical": number(known.failed_critical),
                "failed_warning": number(known.failed_warning),
                "retained": number(facts.retained.get(code, 0)),
            }
        )
    return rows


def _validity(figure: Figure, behind: EvidenceFacts | None, language: str) -> list[str]:
    words, indicator = ASSESSMENT[language], figure.indicator
    definition = told(indicator.definition, language)
    lines = [words["definition"].format(version=indicator.version, definition=definition)]
    if indicator.plausible:
        low, high = indicator.plausible.min, indicator.plausible.max
        side = "both" if low is not None and high is not None else "min" if low is not None else "max"
        limits = words["range"][side].format(
            min=target_text(indicator, low, language), max=target_text(indicator, high, language)
        )
        value = value_text(indicator, figure.total, language)
        lines.append(words["plausible"].format(range=limits, value=value))
    else:
        lines.append(words["not_plausible_declared"])
    if behind is None:
        return [*lines, words["no_evidence"]]
    left_out = sum(behind.excluded.values())
    lines.append(words["counted"].format(counted=number(behind.counted), excluded=number(left_out)))
    for reason, rows in sorted(behind.excluded.items()):
        said = (EXCLUSIONS_EN if language == "en" else EXCLUSIONS).get(reason, reason)
        lines.append(words["excluded"].format(reason=said.rstrip("."), rows=number(rows)))
    return lines


def _reliability(quarter: Quarter, indicator: Indicator, language: str) -> list[str]:
    words, version = ASSESSMENT[language], quarter.version
    lines = [
        words["formula"].format(
            measure=words["measure"][indicator.measure],
            attribution=words["attribution"][indicator.attribution],
            span=words["span"][indicator.span],
        )
    ]
    if entry := method_change(indicator):
        change = told(entry.change, language)
        lines.append(
            words["method_changed"].format(version=entry.version, day=day(entry.changed_on, language), change=change)
        )
    else:
        lines.append(words["same_method"])
    if version.hash is None:
        return [*lines, words["preliminary_hash"]]
    vintage = f" --vintage {version.vintage}"
    lines.append(words["hash"].format(hash=version.hash[:12]))
    return [*lines, words["reproduce"].format(period=quarter.period, vintage=vintage)]


def _timeliness(
    quarter: Quarter, indicator: Indicator, behind: EvidenceFacts | None, facts: Facts, language: str
) -> list[str]:
    words, project = ASSESSMENT[language], quarter.project
    frequency = SHEETS[language]["frequency"][indicator.frequency]
    limit = day(project.periods.received_until(Period.parse(str(quarter.period))), language)
    lines = [words["frequency"].format(frequency=frequency, day=limit)]
    if quarter.version.known_at:
        lines.append(words["known"].format(day=_local(project, quarter.version.known_at, language)))
    for source in behind.sources if behind else ():
        if known := facts.sources.get(source):
            lines.append(
                words["last"].format(
                    source=_name(project, source, language), day=_local(project, known.last_merged_at, language)
                )
            )
    if behind:
        lines.append(words["late"].format(late=number(behind.late)))
    return lines


def _precision(figure: Figure, behind: EvidenceFacts | None, language: str) -> list[str]:
    words, indicator, total = ASSESSMENT[language], figure.indicator, figure.total
    names = breakdowns_text(indicator, language)
    lines = [words["decimals"].format(decimals=indicator.decimals, disaggregations=names)]
    if behind and behind.estimated:
        lines.append(words["estimated"].format(estimated=number(behind.estimated), counted=number(behind.counted)))
    if total and indicator.measure in {"mean", "top_two_box"}:
        rate = total["response_rate"]
        said = words["rate"].format(rate=number(100 * rate, 1, percent=True)) if rate is not None else ""
        lines.append(words["sample"].format(n=number(total["n"]), rate=said))
    if indicator.limitations:
        lines.append(words["limitations"].format(limitations=told(indicator.limitations, language)))
    return lines


def _integrity(
    quarter: Quarter, figure: Figure, behind: EvidenceFacts | None, facts: Facts, language: str
) -> list[str]:
    words, version, project = ASSESSMENT[language], quarter.version, quarter.project
    lines = []
    for source in behind.sources if behind else ():
        if known := facts.sources.get(source):
            lines.append(
                words["rules"].format(
                    source=_name(project, source, language),
                    checked=number(known.checked),
                    critical=number(known.failed_critical),
                    warning=number(known.failed_warning),
                )
            )
            lines.append(words["repeated"].format(repeated=number(known.repeated)))
    open_rows = sum(facts.retained.get(source, 0) for source in (behind.sources if behind else ()))
    lines.append(words["retained"].format(rows=number(open_rows)) if open_rows else words["none_retained"])
    people = {"several": number(facts.several_accounts), "decisions": number(facts.identity_decisions)}
    lines.append(words["people"].format(**people))
    for result in facts.verifications.get(figure.indicator.code, ()):
        lines.append(
            words["verified"]
            .format(
                day=_local(project, result.at, language),
                by=result.by,
                agreed=number(result.agreed),
                rows=number(result.rows),
                comment=result.comment,
            )
            .rstrip()
        )
    if figure.indicator.code not in facts.verifications:
        lines.append(words["not_verified"].format(code=figure.indicator.code, period=quarter.period))
    if figure.explanation:
        lines.append(words["explained"].format(text=figure.explanation["text"], by=figure.explanation["by"]))
    if version.restates:
        own = (item.text(language) for item in moved(quarter, language) if item.indicator.code == figure.indicator.code)
        lines.append(" ".join([words["restated"].format(reason=reason_of(quarter)), *own]))
    if version.decided_by is None:
        return [*lines, words["not_approved"]]
    approved = _local(project, version.decided_at, language)
    return [*lines, words["approved"].format(prepared=version.prepared_by, approved=version.decided_by, day=approved)]


def _name(project: Project, source: str, language: str) -> str:
    """A source as people call it."""
    contract = project.sources.get(source)
    return contract.name if contract else ASSESSMENT[language]["own_sources"].get(source, source)


def _local(project: Project, at: Any, language: str) -> str:
    """The project's local day of an instant."""
    return day(at.astimezone(project.framework.zone), language) if at else ""
