"""Questions and columns proposed from a sample, for a person to review.

Data flow: sampled columns -> those of one question together (a grid, an option per column, what is written in) ->
guesses -> mappings as the contract reads them -> lines of YAML. Of what people answered only options get there.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from trimestre.contracts.questions import OTHER, Question, Questionnaire, answer_columns, column_name
from trimestre.sources.guessing import Guess, guess, says_who
from trimestre.sources.sample import SampledColumn
from trimestre.sources.tabular.matching import normal
from trimestre.sources.yaml_text import as_yaml

_TICKS = frozenset(
    {"", "0", "1", "n", "no", "y", "yes", "s", "si", "sí", "x", "true", "false", "verdadero", "falso", "n/a"}
)
"""What the column of an option holds, beside its own text."""
_PLACES = {
    "{question}": r"(?P<question>[A-Za-z][A-Za-z0-9]*)",
    "{heading}": r"(?P<heading>.+?)",
    "{code}": r"(?P<code>[^\s\[\]/]{1,30})",
    "{label}": r"(?P<label>.+)",
}
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,23}")
_NUMBERED = re.compile(r"[A-Za-z]{1,3}[0-9]{1,3}")
_OPTION_CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")


@dataclass(frozen=True)
class Proposal:
    """A question as the contract reads it, and how many texts of its cells stand there only once."""

    question: dict[str, Any]
    left_out: int = 0


@dataclass
class _Asked:
    """The columns of one question."""

    code: str
    heading: str
    whole: SampledColumn | None = None
    parts: dict[str, tuple[str, SampledColumn]] = field(default_factory=dict)
    """Code or label of a row or an option -> its label and column."""


def questions_from(columns: Sequence[SampledColumn], layout: Questionnaire) -> list[Proposal]:
    """The questions that a sample of a platform's files seems to hold, each with columns of its own."""
    drafts = [draft for asked in _together(columns, layout) for draft in _drafts(asked, layout)]
    own = Counter(_column(draft.question["question"]) for draft in drafts)
    numbered = (code for code in (f"P{number:02}" for number in itertools.count(1)) if _column(code) not in own)
    proposals: list[Proposal] = []
    for draft in drafts:
        code = draft.question["question"]
        code = code if code and own[_column(code)] == 1 else next(numbered)
        question = {**draft.question, "question": code}
        if question["headings"] == [code] and "occurrence" not in question:
            del question["headings"]
        proposals.append(Proposal(question, draft.left_out))
    return proposals


def _column(code: str) -> str:
    return column_name(Question(question=code or "P", type="text"))


def _together(columns: Iterable[SampledColumn], layout: Questionnaire) -> Iterator[_Asked]:
    """The columns of each question, in the order of their first ones; a part that is alone is a question."""
    found: dict[tuple[str, str], _Asked] = {}
    others = {normal(text) for text in (*layout.other, OTHER)}
    for place, column in enumerate(columns):
        code, heading, part, label = _read(column.heading, layout)
        asked = found.setdefault((code, heading), _Asked(code, heading))
        if not part and asked.whole is None and column.occurrence is None:
            asked.whole = column
        elif part and part not in asked.parts and column.occurrence is None:
            asked.parts[OTHER if normal(part) in others or normal(label) in others else part] = (label, column)
        else:
            found[column.heading, str(place)] = _Asked(code, column.heading, column)
    for asked in found.values():
        for key, (_, column) in list(asked.parts.items()):
            # In a group of a form, group/question is no part of the group where group/question/option are there.
            whole = found.get((_own_code(column.heading, layout), column.heading))
            if whole is not None and whole.whole is None:
                whole.whole = column
                del asked.parts[key]
    yield from found.values()


def _read(heading: str, layout: Questionnaire) -> tuple[str, str, str, str]:
    """Code and text of the question in a heading, code (or label) and label of the part, as the platform writes it."""
    wholes = [form for form in layout.headings if form not in ("{heading}", "{question}")]
    parts = [form for form in (*layout.rows, *layout.options) if "{heading}" in form or "{question}" in form]
    for form in sorted({*wholes, *parts}, key=lambda form: (-len(re.sub(r"\{\w+\}", "", form)), form)):
        pattern = "".join(_PLACES.get(text, re.escape(text)) for text in re.split(r"(\{\w+\})", form))
        if found := re.fullmatch(pattern, heading):
            given = {"question": "", "heading": "", "code": "", "label": ""} | found.groupdict()
            code = given["question"] or _own_code(given["heading"], layout)
            return code, given["heading"] or code, given["code"] or given["label"], given["label"]
    return _own_code(heading, layout), heading, "", ""


def _own_code(heading: str, layout: Questionnaire) -> str:
    """The code of a question whose heading is, or ends in, the name the platform knows it by, or is such as P01."""
    name = heading.rpartition("/")[2]
    if _writes_codes(layout):
        return name if _CODE.fullmatch(name) else ""
    return heading if _NUMBERED.fullmatch(heading) else ""


def _writes_codes(layout: Questionnaire) -> bool:
    return any("{question}" in form or "{code}" in form for form in (*layout.headings, *layout.options))


def _drafts(asked: _Asked, layout: Questionnaire) -> Iterator[Proposal]:
    """One question where the columns fit together, else one for each column. All are valid."""
    options = {key: part for key, part in asked.parts.items() if key != OTHER}
    for form in (_by_columns, _grid, _single):
        draft = form(asked, options, layout)
        if draft is not None and _is_valid(draft, layout):
            yield draft
            return
    alone = [(asked.code, asked.heading, asked.whole)] if asked.whole is not None else []
    alone += [(_own_code(one.heading, layout), one.heading, one) for _, one in asked.parts.values()]
    for code, heading, column in alone:
        draft = _draft(code, heading, column, layout)
        yield draft if _is_valid(draft, layout) else _text(column)


def _by_columns(asked: _Asked, options: dict[str, Any], layout: Questionnaire) -> Proposal | None:
    """Several answers with a column for each option."""
    if not options or (asked.whole is None and len(options) < 2):
        return None
    if not any(cell.strip() for _, column in options.values() for cell in column.cells):
        return None
    for label, column in options.values():
        if not {normal(cell) for cell in column.cells} <= _TICKS | {normal(label)}:
            return None
    return Proposal(_question(asked, "choices", options=_parts(options)) | _other(asked))


def _grid(asked: _Asked, options: dict[str, Any], layout: Questionnaire) -> Proposal | None:
    """Rows that are all answered alike. Groups of a form (group/question) look like rows and are none."""
    if asked.whole is not None or len(options) < 2 or _has_paths(layout):
        return None
    if any(says_who(label) for label, _ in options.values()):
        return None
    found = guess(asked.heading, (cell for _, column in options.values() for cell in column.cells), blank=layout.blank)
    if found.type not in ("choice", "number") or OTHER in asked.parts:
        return None
    return Proposal(_question(asked, found.type, **_options(found, layout), rows=_parts(options)), found.left_out)


def _single(asked: _Asked, options: dict[str, Any], layout: Questionnaire) -> Proposal | None:
    """A column, and perhaps another one for what is written in."""
    if asked.whole is None or options:
        return None
    draft = _draft(asked.code, asked.heading, asked.whole, layout)
    if OTHER not in asked.parts:
        return draft
    if draft.question["type"] not in ("choice", "choices"):
        return None
    return Proposal(_without(draft.question, layout.other) | {"other": True}, draft.left_out)


def _draft(code: str, heading: str, column: SampledColumn, layout: Questionnaire) -> Proposal:
    found = guess(column.heading, column.cells, layout.separator, layout.blank)
    asked = _Asked(code, heading)
    question = _question(asked, found.type, **_options(found, layout), occurrence=column.occurrence)
    return Proposal(question | ({"formats": list(found.formats)} if found.formats else {}), found.left_out)


def _text(column: SampledColumn) -> Proposal:
    return Proposal(_question(_Asked("", column.heading), "text", occurrence=column.occurrence))


def _question(asked: _Asked, kind: str, **more: Any) -> dict[str, Any]:
    given = {key: value for key, value in more.items() if value}
    return {"question": asked.code, "headings": [asked.heading], "type": kind, **given}


def _other(asked: _Asked) -> dict[str, Any]:
    return {"other": True} if OTHER in asked.parts else {}


def _options(found: Guess, layout: Questionnaire) -> dict[str, Any]:
    """Options by number; where a platform writes codes into its cells, by these."""
    coded = _writes_codes(layout) and all(_OPTION_CODE.fullmatch(text) for text in found.options)
    if coded:
        return {"options": [{"code": text} for text in found.options]}
    return {"options": [{"code": str(n), "label": text} for n, text in enumerate(found.options, start=1)]}


def _parts(options: dict[str, tuple[str, SampledColumn]]) -> list[dict[str, str]]:
    """Rows or options that have a column each: by the code in the heading, else by number."""
    if all(key != label for key, (label, _) in options.items()):
        return [{"code": key} | ({"label": label} if label else {}) for key, (label, _) in options.items()]
    return [{"code": str(n), "label": label} for n, (label, _) in enumerate(options.values(), start=1)]


def _without(question: dict[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    """A question whose options are none of these texts."""
    gone = {normal(text) for text in texts}
    left = [one for one in question["options"] if normal(one.get("label", one["code"])) not in gone]
    return {**question, "options": left}


def _has_paths(layout: Questionnaire) -> bool:
    return any("{heading}/" in form for form in layout.rows)


def _is_valid(draft: Proposal, layout: Questionnaire) -> bool:
    try:
        question = Question.model_validate({**draft.question, "question": draft.question["question"] or "P00"})
        answer_columns([question], layout)
    except (ValidationError, ValueError):
        return False
    return True


def questions_yaml(proposals: Sequence[Proposal]) -> str:
    """The lines of ``questions:`` in a dataset."""
    lines = ["    questions:  # propuestas a partir de la muestra: revise claves, tipos y opciones; borre lo que sobre"]
    for proposal in proposals:
        question = proposal.question
        lines.append(f"      - question: {as_yaml(question['question'])}")
        if "headings" in question:
            lines.append(f"        headings: [{', '.join(map(as_yaml, question['headings']))}]")
        lines.append(f"        type: {question['type']}")
        if "occurrence" in question:
            lines.append(f"        occurrence: {question['occurrence']}  # varias columnas se llaman igual")
        if "formats" in question:
            lines.append(f"        formats: [{', '.join(map(as_yaml, question['formats']))}]")
        if "other" in question:
            lines.append("        other: true  # se puede escribir otra respuesta")
        for key in ("rows", "options"):
            if key in question:
                lines += [f"        {key}:", *(f"          - {_flow(one)}" for one in question[key])]
        if proposal.left_out:
            lines.append(f"        # Respuestas que aparecen una sola vez y no se muestran: {proposal.left_out}.")
    return "\n".join(lines) + "\n"


def _flow(option: dict[str, str]) -> str:
    code = option["code"] if re.fullmatch(r"0|[1-9][0-9]*", option["code"]) else as_yaml(option["code"])
    return f"{{code: {code}" + (f", label: {as_yaml(option['label'])}" if "label" in option else "") + "}"
