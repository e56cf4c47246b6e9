"""Filling the tokens of a whole Word file: figures, charts and footnotes.

Data flow: parts with tokens + Values -> parts with content controls.
"""

from collections.abc import Mapping

from trimestre.reports.word.controls import control_around, number_controls, run_like
from trimestre.reports.word.footnotes import add_footnote
from trimestre.reports.word.package import Element, Package
from trimestre.reports.word.pictures import drawn, next_drawing, picture_run
from trimestre.reports.word.tokens import replace_tokens
from trimestre.reports.word.values import Values

NOTE = "note:"
"""Before the name of a footnote in its token."""

_EMPTY = "–"

Filled = tuple[str, str]
"""Tag of a token that was filled, and what stands there now."""


def fill_tokens(
    package: Package, values: Values, notes: Mapping[str, str] | None = None
) -> tuple[list[Filled], list[str]]:
    """Put controls in the place of the tokens of a file; returns what was filled, and the tokens that were left.

    ``notes``: footnotes by name; their own texts may hold tokens. Only parts with a token that is known are changed.
    """
    filled: list[Filled] = []
    left: list[str] = []
    body = package.main
    changed = set()
    for part in dict.fromkeys([body, *package.texts()]):
        before = len(filled)
        left += _fill_part(package, part, values, notes or {} if part == body else {}, filled)
        if len(filled) > before:
            changed.add(part)
    if notes and (written := package.related(body, "footnotes")):
        left += _fill_part(package, written, values, {}, filled)
        changed.add(written)
    if changed:
        number_controls([package.tree(part) for part in sorted(changed)])
    for part in changed:
        package.settle(part)
    return filled, left


def _fill_part(
    package: Package, part: str, values: Values, notes: Mapping[str, str], filled: list[Filled]
) -> list[str]:
    tree = package.tree(part)

    def make(token: str, run: Element) -> Element | None:
        if token.startswith(NOTE):
            text = notes.get(token.removeprefix(NOTE))
            if text is not None:
                filled.append((token, text))
            return None if text is None else add_footnote(package, text)
        tag = values.tag(token)
        if tag is None:
            return None
        chart = values.charts[tag]() if tag in values.charts else None
        text = chart.alt if chart else values.texts.get(tag, _EMPTY)
        filled.append((tag, text))
        png = drawn(chart) if chart else None
        if png is None:  # a chart that can't be drawn is told by its sentence
            return control_around(tag, run_like(run, text))
        return control_around(tag, picture_run(package, part, png, text, next_drawing(tree)))

    return replace_tokens(tree, make)
