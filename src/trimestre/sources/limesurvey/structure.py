"""The questionnaire of a survey: what its landed structure says, and the questions and options in it.

Data flow: landed ``structure`` -> Structure -> records -> question, question_option (with the score of each option).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from trimestre.contracts.framework import ScoredQuestion, Survey
from trimestre.sources.answers import Record, Row, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.limesurvey.calls import FIELDMAP, QUESTION, QUESTIONS, SUMMARY, number

_WITH_OPTIONS = frozenset("L!OFHR1")


@dataclass
class Structure:
    """What the landed structure of a survey says."""

    questions: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and objects of questions and sub-questions, in the order of the answer."""
    properties: list[tuple[int, Any]] = field(default_factory=list)
    """Ordinals and answers of get_question_properties."""
    order: dict[int, int] = field(default_factory=dict)
    """Question id -> 1-based place in the questionnaire."""
    types: dict[str, str] = field(default_factory=dict)
    """Question code -> type letter."""
    sub_codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Question code -> codes of its sub-questions."""
    summaries: list[dict[str, Any]] = field(default_factory=list)

    def parents(self) -> dict[int | None, dict[str, Any]]:
        """Question id -> question, without the sub-questions."""
        return {number(question.get("qid")): question for _, question in self.questions if _is_parent(question)}

    def count(self, name: str) -> int | None:
        """A count of the last summary; null if there is none."""
        return number(self.summaries[-1].get(name)) if self.summaries else None

    @property
    def complete(self) -> bool:
        """Whether the questions, their order and the options of each that has any arrived."""
        asked = {number(properties.get("qid")) for _, properties in self.properties if properties}
        needed = {number(question.get("qid")) for _, question in self.questions if has_options(question)}
        return bool(self.questions) and bool(self.order) and needed <= asked


def has_options(question: Any) -> bool:
    """Whether something is a question of a type with answer options."""
    return _is_parent(question) and question.get("type") in _WITH_OPTIONS


def _is_parent(question: Any) -> bool:
    return isinstance(question, dict) and number(question.get("parent_qid")) == 0


def read_structure(file: LandedFile) -> Structure:
    """A landed ``structure``; of two answers of a method the later one holds."""
    structure = Structure()
    for answer in read_answers(file.path):
        data = parsed(answer["body"])
        result = data.get("result") if isinstance(data, dict) else None
        method, ordinal = answer["method"], answer["ordinal"]
        if method == QUESTIONS and isinstance(result, list):
            structure.questions = [(f"{ordinal}#/result/{n}", question) for n, question in enumerate(result)]
        elif method == QUESTION and isinstance(result, dict):
            structure.properties.append((ordinal, result))
        elif method == SUMMARY and isinstance(result, dict):
            structure.summaries.append(result)
        elif method == FIELDMAP and isinstance(result, dict):
            for one in result.values():
                qid = number(one.get("qid")) if isinstance(one, dict) else None
                if qid is not None:
                    structure.order.setdefault(qid, len(structure.order) + 1)
                    structure.types[str(one.get("title"))] = str(one.get("type"))
    parents = structure.parents()
    for question in parents.values():
        structure.types[str(question.get("title"))] = str(question.get("type"))
    for _, question in structure.questions:
        if isinstance(question, dict) and (parent := parents.get(number(question.get("parent_qid")))):
            structure.sub_codes[str(parent.get("title"))].add(str(question.get("title")))
    return structure


def structure_records(survey: Survey, structure: Structure) -> Iterator[Record]:
    """Each question, sub-question and option; the content of a record is its rows."""
    parents = structure.parents()
    listed: dict[str, set[str]] = defaultdict(set)
    options = list(_options(survey, structure, listed))
    for position, question in structure.questions:
        parent_qid = number(question.get("parent_qid")) if isinstance(question, dict) else None
        parent = question if _is_parent(question) else parents.get(parent_qid)
        title = text(question.get("title")) if isinstance(question, dict) else None
        if parent is None or title is None:
            yield Record(position, canonical([survey.survey, question]), unreadable="pregunta_sin_codigo")
            continue
        code = text(parent.get("title")) or ""
        place = number(question.get("question_order"))
        is_parent = parent is question
        values = {
            "survey": survey.survey,
            "question": code,
            # A sub-question's own type means nothing: what counts is that of its question.
            "sub_code": "" if is_parent else title,
            "type": text(parent.get("type")),
            "ordinal": text(structure.order.get(number(question.get("qid")) or 0, place) if is_parent else place),
            "text": plain(question.get("question")),
        }
        rows = [Row("question", values)]
        if is_parent:
            rows += _scores_without_option(survey, code, _scored(survey, structure, code), listed[code])
        yield Record(position, canonical(rows), rows)
    yield from options


def _options(survey: Survey, structure: Structure, listed: dict[str, set[str]]) -> Iterator[Record]:
    """A record per answer option; notes in ``listed`` which codes a question has."""
    for ordinal, properties in structure.properties:
        code = text(properties.get("title"))
        if code is None:
            continue
        scored = _scored(survey, structure, code)
        for pointer, option_code, option in _listed_options(properties.get("answeroptions")):
            values = {
                "survey": survey.survey,
                "question": code,
                "code": option_code,
                "label": plain(option.get("answer")),
                "score": _score(scored, option_code, option.get("assessment_value")),
                "ordinal": text(option.get("order")),
            }
            # The second scale of a dual scale may use the codes of the first again, which are the key here.
            doubled = "segunda_escala" if option_code in listed[code] else None
            listed[code].add(option_code)
            rows = [Row("question_option", values, out_of_scope=doubled)]
            yield Record(f"{ordinal}#/result/answeroptions/{pointer}", canonical(rows), rows)


def _listed_options(options: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """JSON pointer, code and option; when there are none LimeSurvey gives a sentence instead."""
    for code, option in _items(options):
        if "answer" in option:
            yield _pointer(code), code, option
            continue
        for inner_code, inner in _items(option):  # dual scale: scale -> code -> option
            if "answer" in inner:
                yield f"{_pointer(code)}/{_pointer(inner_code)}", inner_code, inner


def _items(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """Keys and objects; PHP writes a list when the keys happen to be 0, 1, 2, …"""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(str(key), inner) for key, inner in pairs if isinstance(inner, dict)]


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _scored(survey: Survey, structure: Structure, code: str) -> ScoredQuestion | None:
    """The configured scoring of a question, or else of a sub-question, written without brackets (P02SQ001)."""
    names = [code, *(code + sub_code for sub_code in sorted(structure.sub_codes.get(code, ())))]
    by_name = {scored.question: scored for scored in survey.scored}
    return next((by_name[name] for name in names if name in by_name), None)


def _score(scored: ScoredQuestion | None, code: str, assessment_value: Any) -> str | None:
    if scored is None:
        return None
    if scored.scores:
        return f"{scored.scores[code]:g}" if code in scored.scores else None
    return text(assessment_value)


def _scores_without_option(survey: Survey, code: str, scored: ScoredQuestion | None, listed: set[str]) -> list[Row]:
    """Options that only the configuration knows: a yes/no or a five-point question lists none itself."""
    missing = [key for key in scored.scores if key not in listed] if scored else []
    return [
        Row(
            "question_option",
            {
                "survey": survey.survey,
                "question": code,
                "code": key,
                "label": key,
                "score": _score(scored, key, None),
                "ordinal": str(place),
            },
        )
        for place, key in enumerate(missing, start=len(listed) + 1)
    ]


class _Text(HTMLParser):
    """Collects the text of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._silent += tag in ("script", "style")
        self.parts.append(" " if tag in ("br", "p", "div", "li", "td") else "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain(value: Any) -> str | None:
    """A text without its HTML, blanks collapsed."""
    raw = text(value)
    if raw is None:
        return None
    parser = _Text()
    parser.feed(raw)
    parser.close()
    return text(" ".join("".join(parser.parts).split()))
