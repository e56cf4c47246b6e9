"""What the landed structure of a survey says: questions, options, columns of the export and counts, by language.

Data flow: landed ``structure`` -> Structure. ``questions`` makes records and rows of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from trimestre.sources.answers import parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.limesurvey.calls import FIELDMAP, PROPERTIES, QUESTION, QUESTIONS, SUMMARY, number
from trimestre.sources.questionnaire import LIMESURVEY_TYPES, QuestionType, plain, question_type

_WITH_OPTIONS = frozenset("L!OFHR1")
_DUAL_SCALE = "1"
_COLUMN = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


class Column(NamedTuple):
    """A column of an export: its question and the code of its part."""

    question: str
    part: str

    @property
    def extra(self) -> bool:
        """Whether people write there beside what was asked: «other» or a comment."""
        return self.part == "other" or self.part.endswith("comment")


class Option(NamedTuple):
    """One answer option of a question in one language."""

    scale: str
    code: str
    label: str | None
    pointer: str
    content: dict[str, Any]


@dataclass
class Structure:
    """What the landed structure of a survey says."""

    properties: dict[str, Any] = field(default_factory=dict)
    """Properties of the survey."""
    questions: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and objects of questions and sub-questions in the base language, in the order of the answer."""
    options: list[tuple[int, Any]] = field(default_factory=list)
    """Ordinals and answers of get_question_properties in the base language."""
    texts: dict[int | None, dict[str, str | None]] = field(default_factory=lambda: defaultdict(dict))
    """Id of a question or sub-question -> language -> text."""
    labels: dict[tuple[int | None, str, str], dict[str, str | None]] = field(default_factory=lambda: defaultdict(dict))
    """Id of a question, scale, code of an option -> language -> label."""
    fields: list[dict[str, Any]] = field(default_factory=list)
    """Entries of the field map that belong to a question, in the order of the questionnaire."""
    summaries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base_language(self) -> str | None:
        """The survey's base language; null when its properties don't say."""
        return text(self.properties.get("language"))

    @property
    def languages(self) -> list[str]:
        """Languages of the survey, the base language first."""
        more = (text(self.properties.get("additional_languages")) or "").split()
        return list(dict.fromkeys([*([self.base_language] if self.base_language else []), *more]))

    @cached_property
    def parents(self) -> dict[int | None, dict[str, Any]]:
        """Question id -> question, without the sub-questions."""
        return {number(question.get("qid")): question for _, question in self.questions if is_parent(question)}

    @cached_property
    def order(self) -> dict[int | None, int]:
        """Question id -> 1-based place in the questionnaire."""
        qids = dict.fromkeys(number(one.get("qid")) for one in self.fields)
        return {qid: place for place, qid in enumerate(qids, start=1)}

    @cached_property
    def letters(self) -> dict[str, str]:
        """Question code -> type letter; questions know better than columns."""
        found = {code: text(one.get("type")) or "" for one in self.fields if (code := text(one.get("title")))}
        asked = self.parents.values()
        return found | {code: text(one.get("type")) or "" for one in asked if (code := text(one.get("title")))}

    @cached_property
    def sub_codes(self) -> dict[str, dict[str, Any]]:
        """Question code -> code -> sub-question, of the first scale where an array has two."""
        found: dict[str, dict[str, Any]] = defaultdict(dict)
        for _, question in self.questions:
            parent = self.parents.get(number(question.get("parent_qid"))) if isinstance(question, dict) else None
            if parent is None:
                continue
            code, part = text(parent.get("title")), text(question.get("title"))
            if code and part:
                found[code].setdefault(part, question)
        return found

    @cached_property
    def columns(self) -> dict[Column, str | None]:
        """Columns that are not a question or sub-question itself -> what people read there."""
        found: dict[Column, str | None] = {}
        for one in self.fields:
            code, part = text(one.get("title")), text(one.get("aid"))
            if not code or not part:
                continue
            if one.get("type") == _DUAL_SCALE:
                part = f"{part}_{(number(one.get('scale_id')) or 0) + 1}"
            if part not in self.sub_codes.get(code, {}):
                read = (plain(one.get(key)) for key in ("subquestion", "subquestion1", "subquestion2", "scale"))
                found.setdefault(Column(code, part), " – ".join(filter(None, read)) or None)
        return found

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        """Question code -> codes of its sub-questions and other columns, in the order of the questionnaire."""
        found: dict[str, list[str]] = {code: list(self.sub_codes.get(code, ())) for code in self.letters}
        for column in self.columns:
            found[column.question].append(column.part)
        return found

    def count(self, name: str) -> int | None:
        """A count of the last summary; null if there is none."""
        return number(self.summaries[-1].get(name)) if self.summaries else None

    def type(self, column: Column) -> QuestionType:
        """What is answered in a column; one of no known question is taken for text."""
        letter = self.letters.get(column.question, "")
        if column.extra:
            return "text"
        if letter == "|" and column.part == "filecount":
            return "number"
        return question_type(LIMESURVEY_TYPES, letter)

    @property
    def complete(self) -> bool:
        """Whether the questions, their order and the options of each that has any arrived."""
        asked = {number(properties.get("qid")) for _, properties in self.options if properties}
        needed = {number(question.get("qid")) for _, question in self.questions if has_options(question)}
        return bool(self.questions) and bool(self.fields) and needed <= asked


def column_of(heading: str) -> Column:
    """The question and part that the heading of a column names: ``P02[SQ001]``, ``P01``."""
    match = _COLUMN.match(heading)
    question, brackets = (match[1], match[2]) if match else (heading, "")
    # Two pairs of brackets (dual scale) become one code, as arrays write theirs: Y1_X1.
    return Column(question, "_".join(brackets[1:-1].split("][")) if brackets else "")


def has_options(question: Any) -> bool:
    """Whether something is a question of a type with answer options."""
    return is_parent(question) and text(question.get("type")) in _WITH_OPTIONS


def is_parent(question: Any) -> bool:
    """Whether something is a question and not a sub-question."""
    return isinstance(question, dict) and number(question.get("parent_qid")) == 0


def read_structure(file: LandedFile) -> Structure:
    """A landed ``structure``; of two answers to the same the later one holds."""
    structure = Structure()
    base: str | None = None
    for answer in read_answers(file.path):
        data = parsed(answer["body"])
        result = data.get("result") if isinstance(data, dict) else None
        method, ordinal = answer["method"], answer["ordinal"]
        language = text(answer["parameters"].get("language"))
        if method in (QUESTIONS, QUESTION):
            base = base or structure.base_language or language
        if method == PROPERTIES and isinstance(result, dict):
            structure.properties = result
        elif method == QUESTIONS and isinstance(result, list):
            _questions(structure, ordinal, result, language, base)
        elif method == QUESTION and isinstance(result, dict):
            if language == base:
                structure.options.append((ordinal, result))
            for option in options_of(result):
                key = (number(result.get("qid")), option.scale, option.code)
                structure.labels[key][language or ""] = option.label
        elif method == SUMMARY and isinstance(result, dict):
            structure.summaries.append(result)
        elif method == FIELDMAP and isinstance(result, dict):
            entries = (one for one in result.values() if isinstance(one, dict))
            structure.fields = [one for one in entries if number(one.get("qid")) is not None]
    return structure


def _questions(structure: Structure, ordinal: int, result: list[Any], language: str | None, base: str | None) -> None:
    if language == base:
        structure.questions = [(f"{ordinal}#/result/{place}", question) for place, question in enumerate(result)]
    for question in result:
        if isinstance(question, dict):
            structure.texts[number(question.get("qid"))][language or ""] = plain(question.get("question"))


def options_of(properties: dict[str, Any]) -> Iterator[Option]:
    """Options of a question; when there are none LimeSurvey gives a sentence instead.

    LimeSurvey 5 and 6 tell those of a dual scale by scale; 3 by code alone, where the second scale hides the first.
    """
    for code, option in _items(properties.get("answeroptions")):
        if "answer" in option:
            yield Option("0", code, plain(option.get("answer")), _pointer(code), option)
            continue
        for inner_code, inner in _items(option):
            if "answer" in inner:
                pointer = f"{_pointer(code)}/{_pointer(inner_code)}"
                yield Option(code, inner_code, plain(inner.get("answer")), pointer, inner)


def _items(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """Keys and objects; PHP writes a list when the keys happen to be 0, 1, 2, …"""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(str(key), inner) for key, inner in pairs if isinstance(inner, dict)]


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
