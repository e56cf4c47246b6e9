"""What stands beside and below the figures of the tracking table: samples, stages, late rows, restatements, marks.

Pure. Data flow: Quarter -> sentences.
"""

from collections.abc import Iterator

from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.reports.figures import method_change, number, signed
from trimestre.reports.iptt.spans import Told, marks_of
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.restating import changes_told, reason_of
from trimestre.reports.words import day, percent_text
from trimestre.texts.tracking_labels import MARKS, NOTES_OF
from trimestre.texts.words import WORDS

_SCORES = ("mean", "top_two_box")


def notes_of(quarter: Quarter, indicator: Indicator, figure: Figure | None, language: str) -> Iterator[str]:
    """What is said of the figure of an indicator in the quarter."""
    words = NOTES_OF[language]
    if figure is None:
        yield words["retired"].format(period=quarter.period)
        return
    yield from _about_figure(figure, language)
    if indicator.measure == "persons":
        yield words["distinct"]
    if not indicator.total:
        yield words["no_total"]
    if entry := method_change(indicator):
        change = " ".join((entry.change.en if language == "en" else entry.change.es).split())
        yield words["method"].format(version=entry.version, day=day(entry.changed_on, language), change=change)
    if indicator.illustrative_target:
        yield words["illustrative"]


def marks_told(told: Told, language: str) -> Iterator[str]:
    """What the marks mean that stand beside figures of the table."""
    used = {
        mark
        for span in told.spans
        for quarter in ([span.told_by] if span.told_by else [])
        for figure in quarter.figures
        if (cell := told.cell(span, figure.indicator.code, TOTAL, TOTAL)) and cell["value"] is not None
        for mark in marks_of(span, cell)
    }
    yield from (text for mark, text in MARKS[language].items() if mark in used)


def restatements(quarter: Quarter, language: str) -> Iterator[str]:
    """A line per quarter whose version in the table is a restatement: why, and which of its figures moved."""
    for shown in (*quarter.earlier, quarter):
        if shown.version.restates:
            told = NOTES_OF[language]["restated"].format(
                period=shown.period,
                vintage=shown.version.vintage,
                reason=reason_of(shown),
            )
            yield " ".join([told, *changes_told(shown, language)])


def _about_figure(figure: Figure, language: str) -> Iterator[str]:
    words, indicator, cell = NOTES_OF[language], figure.indicator, figure.total
    if cell is None:
        return
    value = cell["value"]
    if value is not None and value in range(len(indicator.stages)):
        last = len(indicator.stages) - 1
        yield words["stage"].format(stage=int(value), last=last, name=indicator.stages[int(value)])
    if indicator.measure in _SCORES and value is not None:
        rate = cell["response_rate"]
        said = WORDS[language]["n_d"] if rate is None else percent_text(100 * rate, language)
        key = "not_representative" if cell["obs_status"] == "no_representativo" else "sample"
        yield words[key].format(n=number(cell["n"]), rate=said)
    if cell["obs_status"] == "n_insuficiente":
        yield words["few"]
    if cell["late"]:
        yield words["late"].format(n=number(cell["n"]), late=number(cell["late"]))
    if cell["adjustment"]:
        yield words["adjustment"].format(value=signed(cell["adjustment"], indicator.decimals))
