"""One version of a form as KoboToolbox keeps it: its rows as questions with path, type, options and labels.

Data flow: ``content`` (survey, choices, translations) -> Form. Kobo's own shorthands (matrix, score, rank) become the
questions that people see, by the names that the answers carry.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trimestre.sources.answers import as_list, text
from trimestre.sources.questionnaire import (
    FREE_TYPES,
    KOBO_TYPES,
    QuestionType,
    by_language,
    language_code,
    plain,
    question_type,
)

_METADATA = frozenset(
    {
        "start", "end", "today", "username", "email", "deviceid", "device_id", "subscriberid", "simserial",
        "phonenumber", "audit", "start-geopoint", "background-geopoint", "background-audio", "csv-external",
        "xml-external",
    }
)  # fmt: skip
_LIST_OF_GROUP = {"begin_score": "kobo--score-choices", "begin_rank": "kobo--rank-items"}
_MATRIX = "begin_kobomatrix"


@dataclass(frozen=True)
class Option:
    """One answer option."""

    code: str
    label: str | None
    translations: dict[str, str] = field(default_factory=dict)
    """Language -> label."""

    @property
    def labels(self) -> str | None:
        """JSON object language -> label; null without several languages."""
        return by_language(self.translations.items())


@dataclass(frozen=True)
class Question:
    """One row of a form that may carry an answer."""

    path: str
    kind: str
    """Type as the form calls it."""
    label: str | None
    translations: dict[str, str] = field(default_factory=dict)
    """Language -> label."""
    options: tuple[Option, ...] = ()
    position: str = ""
    """Pointer to its row in the landed file."""

    @property
    def name(self) -> str:
        """The last part of the path: it stays when a question moves to another group."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def type(self) -> QuestionType:
        """What is answered."""
        return question_type(KOBO_TYPES, self.kind)

    @property
    def texts(self) -> str | None:
        """JSON object language -> label; null without several languages."""
        return by_language(self.translations.items())

    @property
    def multiple(self) -> bool:
        """Whether several options may be chosen."""
        return self.type == "choices"

    @property
    def free(self) -> bool:
        """Whether people write, record or locate what they want: anything that isn't known to be closed."""
        return self.type in FREE_TYPES

    @property
    def metadata(self) -> bool:
        """Whether the device answers and not the person."""
        return self.kind in _METADATA

    @property
    def known(self) -> bool:
        """Whether its type is one of XLSForm."""
        return self.kind in KOBO_TYPES or self.metadata


@dataclass
class Form:
    """One version of a form."""

    questions: list[Question] = field(default_factory=list)
    """In the order of the form, metadata included."""
    nameless: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and rows without a name or a type."""
    by_path: dict[str, Question] = field(default_factory=dict)
    by_name: dict[str, list[Question]] = field(default_factory=lambda: defaultdict(list))

    def find(self, path: str) -> Question | None:
        """The question of a path, or else the only one whose path ends like it: it was in another group once."""
        if path in self.by_path:
            return self.by_path[path]
        alike = self.by_name.get(path.rsplit("/", 1)[-1], [])
        return alike[0] if len(alike) == 1 else None


def read_form(content: Any, pointer: str, language: str | None) -> Form:
    """The form of a ``content``; ``pointer`` is where that stands in the landed file."""
    content = content if isinstance(content, dict) else {}
    form = Form()
    for question in _Reader(content, pointer, language, form).questions():
        if question.path not in form.by_path:
            form.questions.append(question)
            form.by_path[question.path] = question
            form.by_name[question.name].append(question)
    return form


class _Reader:
    """Walks through the rows of a form and keeps count of the groups they are in."""

    def __init__(self, content: dict[str, Any], pointer: str, language: str | None, form: Form) -> None:
        self._rows = as_list(content.get("survey"))
        self._pointer = pointer
        self._form = form
        settings = content.get("settings")
        default = text(settings.get("default_language")) if isinstance(settings, dict) else None
        found = (language_index(content, wanted) for wanted in (language, default) if wanted)
        self._label_at = next((index for index in found if index is not None), 0)
        self._languages = [language_code(name) for name in as_list(content.get("translations"))]
        self._lists: dict[str, list[Option]] = defaultdict(list)
        for choice in as_list(content.get("choices")):
            if isinstance(choice, dict) and (code := text(choice.get("name")) or text(choice.get("$autovalue"))):
                listed = self._lists[text(choice.get("list_name")) or ""]
                if code not in [option.code for option in listed]:
                    listed.append(Option(code, self._label(choice), self._translations(choice)))
        self._groups: list[tuple[str, dict[str, Any]]] = []

    def questions(self) -> Iterator[Question]:
        """Every question in order."""
        for place, row in enumerate(self._rows):
            position = f"{self._pointer}/survey/{place}"
            kind, list_name = _type(row)
            name = _name(row)
            if kind.startswith("begin_"):
                self._groups.append((kind, row))
            elif kind.startswith("end_"):
                self._groups = self._groups[:-1]
            elif not kind or name is None:
                self._form.nameless.append((position, row))
            else:
                yield from self._questions_of(row, kind, name, list_name, position)

    def _questions_of(
        self, row: dict[str, Any], kind: str, name: str, list_name: str | None, position: str
    ) -> Iterator[Question]:
        outer_kind, outer = self._groups[-1] if self._groups else ("", {})
        list_name = list_name or text(outer.get(_LIST_OF_GROUP.get(outer_kind, "")))
        options = tuple(self._lists.get(list_name, ())) if list_name else ()
        label, translations = self._label(row), self._translations(row)
        if outer_kind == _MATRIX:
            # One question for each of its lines: m1 with line bike and column q2 is answered as m1_bike/m1_bike_q2.
            for line in self._lists.get(text(outer.get("kobo--matrix_list")) or "", ()):
                group = f"{_name(outer) or ''}_{line.code}"
                path = self._path(self._groups[:-1], group, f"{group}_{name}")
                languages = line.translations.keys() | translations.keys()
                texts = {one: _joined(line.translations.get(one), translations.get(one)) or "" for one in languages}
                yield Question(path, kind, _joined(line.label, label), texts, options, position)
            return
        yield Question(self._path(self._groups, name), kind, label, translations, options, position)

    def _path(self, groups: list[tuple[str, dict[str, Any]]], *names: str) -> str:
        outer = (_name(row) for _, row in groups)
        return "/".join([*(name for name in outer if name), *names])

    def _label(self, row: dict[str, Any]) -> str | None:
        label = row.get("label")
        if not isinstance(label, list):
            return _plain(label)
        wanted = label[self._label_at] if self._label_at < len(label) else None
        return _plain(wanted) or next(filter(None, map(_plain, label)), None)

    def _translations(self, row: dict[str, Any]) -> dict[str, str]:
        labels = map(_plain, as_list(row.get("label")))
        return {language: label for language, label in zip(self._languages, labels, strict=False) if label}


def language_index(content: Any, language: str) -> int | None:
    """Which of the labels is in a language, by its name or code («Español (es)», «es»); null if the form has none.

    The labels of a row stand in the order of the form's translations, and an untranslated form has one without name.
    """
    translations = as_list(content.get("translations")) if isinstance(content, dict) else []
    for index, name in enumerate(text(name) or "" for name in translations):
        if name and language.casefold() in (name.casefold(), language_code(name).casefold()):
            return index
    return None


def _type(row: Any) -> tuple[str, str | None]:
    """Type of a row and the list of its options: written apart, or in one as XLSForms do («select_one si_no»)."""
    if not isinstance(row, dict):
        return "", None
    words = (text(row.get("type")) or "").split()
    if not words:
        return "", None
    kind, rest = words[0].lower(), words[1:]
    if kind in ("begin", "end") and rest:
        return f"{kind}_{rest[0].lower()}", None
    list_name = text(row.get("select_from_list_name"))
    return kind, list_name or (rest[0] if rest else None)


def _name(row: Any) -> str | None:
    if not isinstance(row, dict):
        return None
    return text(row.get("name")) or text(row.get("$autoname"))


def _plain(label: Any) -> str | None:
    return plain(label) if isinstance(label, str) else None


def _joined(line: str | None, column: str | None) -> str | None:
    return " – ".join(filter(None, (line, column))) or None
