"""What a questionnaire is, whatever its platform calls it: types, texts by language, free text, and names in YAML.

Data flow: types, labels and codes of a platform + Survey (YAML) -> fields of question, question_option and answer.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, Literal, get_args

from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import text
from trimestre.texts import PLATFORM

QuestionType = Literal["choice", "choices", "ranking", "number", "date", "text", "file", "note"]
QUESTION_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
"""One option, several, an order of them, a number, a day or a time, free text, a file; a note is not answered."""

FREE_TYPES: frozenset[QuestionType] = frozenset({"text", "file", "note"})
"""Types whose answers may name somebody."""

# An equation (*) writes whatever its author put together, a participant's name included.
LIMESURVEY_TYPES: dict[str, QuestionType] = {
    **dict.fromkeys("L!O5GYFABCEH1I", "choice"), **dict.fromkeys("MP", "choices"), "R": "ranking",
    **dict.fromkeys("NK:", "number"), "D": "date", **dict.fromkeys("STUQ;*", "text"), "|": "file", "X": "note",
}  # fmt: skip
"""Type letters of LimeSurvey."""

KOBO_TYPES: dict[str, QuestionType] = {
    **dict.fromkeys(
        ("select_one", "select_one_from_file", "select_one_external", "score__row", "acknowledge", "trigger"), "choice"
    ),
    **dict.fromkeys(("select_multiple", "select_multiple_from_file", "select_multiple_external"), "choices"),
    **dict.fromkeys(("rank", "rank__level"), "ranking"),
    **dict.fromkeys(("integer", "decimal", "range"), "number"),
    **dict.fromkeys(("date", "time", "datetime"), "date"),
    **dict.fromkeys(("text", "calculate", "hidden", "barcode", "geopoint", "geotrace", "geoshape"), "text"),
    **dict.fromkeys(("image", "audio", "video", "file"), "file"),
    "note": "note",
}
"""Types of the rows of an XLSForm."""

UNKNOWN_LANGUAGE = "und"
"""Code of a language without name, as BCP 47 writes it."""

_LISTED = 20


def question_type(known: Mapping[str, QuestionType], platform_type: str) -> QuestionType:
    """Type of a question; one that nobody knows is text, whose answers stay out of the warehouse."""
    return known.get(platform_type, "text")


def language_code(name: Any) -> str:
    """Code of a language as a platform names it: «Español (es)» is es, es-MX stays."""
    plain_name = text(name)
    if plain_name is None:
        return UNKNOWN_LANGUAGE
    code = re.search(r"\(([^()]*)\)$", plain_name)
    return (code[1].strip() if code else "") or plain_name


def by_language(texts: Iterable[tuple[str, str | None]]) -> str | None:
    """JSON object language -> text; null when there are not several languages that have one."""
    found: dict[str, str] = {}
    for language, one in texts:
        if one is not None:
            found.setdefault(language, one)
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if len(found) > 1 else None


def written(code: str) -> str:
    """A code as YAML writes it: from its first letter on, ``.`` for ``/``, ``_`` for what codes can't hold."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", code.replace("/", ".")).lstrip("0123456789._-")[:80]


Parts = Mapping[str, Collection[str]]
"""Question code -> codes of its parts (sub-questions, options of a multiple choice, ``other``, comments)."""


def named(name: str, parts: Parts) -> list[tuple[str, str]]:
    """Question and part (empty = the whole of it) that a code in YAML may mean.

    In this order: the code itself; the code as :func:`written`; the last part of its path; question and part, with a
    dot between them or nothing (P03.other, P03other).
    """
    if name in parts:
        return [(name, "")]
    whole = [code for code in parts if written(code) == name]
    whole = whole or [code for code in parts if written(code.rsplit("/", 1)[-1]) == name]
    if whole:
        return [(code, "") for code in whole]
    return [
        (code, part)
        for code, its_parts in parts.items()
        if name.startswith(written(code))
        for part in its_parts
        if part and name in (f"{written(code)}.{part}", written(code) + part)
    ]


def resolved(survey: Survey, key: str, name: str, parts: Parts) -> tuple[str, str]:
    """Question and part that ``name`` means; :class:`PermanentError` if none or several: figures hang on it."""
    found = named(name, parts)
    if len(found) == 1:
        return found[0]
    if found:
        raise PermanentError(
            PLATFORM["two_questions"].format(
                survey=survey.survey,
                key=key,
                name=name,
                known=", ".join(".".join(filter(None, (written(one), part))) for one, part in found),
            )
        )
    known = ", ".join(list(parts)[:_LISTED]) or PLATFORM["none"]
    raise PermanentError(PLATFORM["no_question"].format(survey=survey.survey, key=key, name=name, known=known))


def unknown_names(survey: Survey, parts: Parts) -> list[tuple[str, str]]:
    """Key and code of what ``free_text`` and ``safe_text`` name and the questionnaire does not have, or has twice."""
    missing = [("free_text", name) for name in survey.free_text if not named(name, parts)]
    return missing + [("safe_text", name) for name in survey.safe_text if len(named(name, parts)) != 1]


def scores_of(survey: Survey, parts: Parts) -> dict[str, dict[str, float]]:
    """Question code -> option code -> score (nothing = the platform's own), of each question that is scored.

    A score belongs to an option of a question, so that its parts can't differ: :class:`PermanentError` if they do.
    """
    found: dict[str, dict[str, float]] = {}
    for scored in survey.scored:
        code, _ = resolved(survey, "scored", scored.question, parts)
        if found.setdefault(code, scored.scores) != scored.scores:
            raise PermanentError(
                PLATFORM["other_scores"].format(survey=survey.survey, question=scored.question, code=code)
            )
    return found


class FreeText:
    """Which answers of a survey are free text, and which of these may enter the warehouse."""

    def __init__(self, survey: Survey, parts: Parts) -> None:
        self._kept_out = {pair for name in survey.free_text for pair in named(name, parts)}
        safe = [named(name, parts) for name in survey.safe_text]
        self._safe = {found[0] for found in safe if len(found) == 1}

    def marked(self, question: str, part: str = "", *, free: bool) -> bool:
        """Whether a question is one of free text: by its type (``free``), or because the survey says so."""
        return free or not self._kept_out.isdisjoint({(question, ""), (question, part)})

    def kept_out(self, question: str, part: str = "", *, free: bool, extra: bool = False) -> bool:
        """Whether answers stay out of the warehouse. ``extra`` = an «other» or a comment, safe only by its own name."""
        if self.marked(question, part, free=False):
            return True
        own = {(question, part)} if extra else {(question, ""), (question, part)}
        return free and self._safe.isdisjoint(own)


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
    try:
        parser.feed(raw)
        parser.close()
    except AssertionError:  # the parser gives up at declarations that no HTML has, such as <![x[
        parser.parts = [re.sub(r"<[^<>]*>", " ", raw)]
    return text(" ".join("".join(parser.parts).split()))
