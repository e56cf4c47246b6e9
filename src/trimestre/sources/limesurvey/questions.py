"""From the structure of a survey to records and rows of its questions and options.

Data flow: Structure + Survey (YAML) -> records -> question, question_option (with the score of each option).
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import Record, Row, canonical, text
from trimestre.sources.limesurvey.calls import number
from trimestre.sources.limesurvey.structure import Column, Structure, is_parent, options_of
from trimestre.sources.questionnaire import FREE_TYPES, FreeText, by_language, resolved, scores_of
from trimestre.texts import PLATFORM

FIXED_OPTIONS: dict[str, dict[str, dict[str, str]]] = {
    "Y": {"Y": {"es": "Sí", "en": "Yes"}, "N": {"es": "No", "en": "No"}},
    "G": {"F": {"es": "Mujer", "en": "Female"}, "M": {"es": "Hombre", "en": "Male"}},
    "C": {
        "Y": {"es": "Sí", "en": "Yes"}, "U": {"es": "No sé", "en": "Uncertain"}, "N": {"es": "No", "en": "No"},
    },
    "E": {
        "I": {"es": "Aumentó", "en": "Increase"}, "S": {"es": "Igual", "en": "Same"},
        "D": {"es": "Disminuyó", "en": "Decrease"},
    },
    **{letter: {str(n): {"es": str(n), "en": str(n)} for n in range(1, 6)} for letter in "5A"},
    "B": {str(n): {"es": str(n), "en": str(n)} for n in range(1, 11)},
}  # fmt: skip
"""Type letter -> code -> language -> label, of the types whose options LimeSurvey does not list."""

_NUMBERED = frozenset("5AB")
"""Types whose codes are their own scores."""


class Questions:
    """Makes the records of a survey's questions and options."""

    def __init__(self, survey: Survey, structure: Structure) -> None:
        self._survey, self._structure = survey, structure
        self._texts = FreeText(survey, structure.parts)
        self._scores = scores_of(survey, structure.parts)
        if survey.sex_question is not None:
            resolved(survey, "sex_question", survey.sex_question, structure.parts)
        self._listed: dict[str, set[str]] = defaultdict(set)

    def records(self) -> Iterator[Record]:
        """Each question, sub-question and option; the content of a record is its rows."""
        options = list(self._option_records())
        seen: set[Column] = set()
        for position, question in self._structure.questions:
            parent = question if is_parent(question) else None
            if parent is None and isinstance(question, dict):
                parent = self._structure.parents.get(number(question.get("parent_qid")))
            code = text(parent.get("title")) if parent is not None else None
            title = text(question.get("title")) if parent is not None else None
            if parent is None or code is None or title is None:
                yield Record(position, canonical([self._survey.survey, question]), unreadable="pregunta_sin_codigo")
                continue
            column = Column(code, "" if parent is question else title)
            # An array of two axes may use the codes of one on the other again, which are the key here.
            doubled = "segunda_escala" if column in seen else None
            seen.add(column)
            rows = [self._question(column, question, doubled)]
            if parent is question:
                rows += [*self._other_columns(code), *self._unlisted(code)]
            yield Record(position, canonical(rows), rows)
        yield from options

    def _question(self, column: Column, question: dict[str, Any], out_of_scope: str | None) -> Row:
        qid, place = number(question.get("qid")), number(question.get("question_order"))
        texts = self._structure.texts[qid]
        ordinal = place if column.part else self._structure.order.get(qid, place)
        about = {"text": self._base(texts), "texts": by_language(texts.items()), "ordinal": text(ordinal)}
        return Row("question", self._described(column) | about, out_of_scope=out_of_scope)

    def _other_columns(self, code: str) -> Iterator[Row]:
        """What is answered beside question and sub-questions: «other», comments, places, cells of an array."""
        columns = [column for column in self._structure.columns if column.question == code]
        for place, column in enumerate(columns, start=len(self._structure.sub_codes.get(code, ())) + 1):
            label = self._structure.columns[column]
            yield Row("question", self._described(column) | {"text": label or column.part, "ordinal": str(place)})

    def _described(self, column: Column) -> dict[str, str | None]:
        kind = self._structure.type(column)
        free = self._texts.marked(column.question, column.part, free=kind in FREE_TYPES)
        return {
            "survey": self._survey.survey,
            "question": column.question,
            "sub_code": column.part,
            # A sub-question's own type means nothing: what counts is that of its question.
            "type": kind,
            "free_text": text(free),
        }

    def _base(self, texts: dict[str, str | None]) -> str | None:
        """The text in the base language, which comes first."""
        return texts.get(self._structure.base_language or "") or next(filter(None, texts.values()), None)

    def _option_records(self) -> Iterator[Record]:
        """A record per answer option that LimeSurvey lists; notes which codes a question has."""
        for ordinal, properties in self._structure.options:
            code = text(properties.get("title"))
            if code is None:
                continue
            self._check_assessment(code, properties)
            qid = number(properties.get("qid"))
            for option in options_of(properties):
                labels = self._structure.labels[qid, option.scale, option.code]
                # The second scale of a dual scale may use the codes of the first again, which are the key here.
                doubled = "segunda_escala" if option.code in self._listed[code] else None
                self._listed[code].add(option.code)
                about = {
                    "label": option.label,
                    "labels": by_language(labels.items()),
                    "score": self._score(code, option.code, option.content.get("assessment_value")),
                    "ordinal": text(option.content.get("order")),
                }
                rows = [Row("question_option", self._option_key(code, option.code) | about, out_of_scope=doubled)]
                yield Record(f"{ordinal}#/result/answeroptions/{option.pointer}", canonical(rows), rows)

    def _unlisted(self, code: str) -> Iterator[Row]:
        """Options of the types that have always the same, then those that only the configuration knows."""
        letter = self._structure.letters.get(code, "")
        fixed = FIXED_OPTIONS.get(letter, {})
        if code in self._scores and not self._scores[code] and letter not in _NUMBERED and not self._listed[code]:
            raise _no_scores(self._survey, code)
        known = [key for key in dict.fromkeys([*fixed, *self._scores.get(code, ())]) if key not in self._listed[code]]
        for place, key in enumerate(known, start=len(self._listed[code]) + 1):
            labels = [(language, fixed.get(key, {}).get(language[:2])) for language in self._structure.languages]
            own = key if letter in _NUMBERED else None
            about = {
                "label": next((label for _, label in labels if label), None) or fixed.get(key, {}).get("es") or key,
                "labels": by_language(labels),
                "score": self._score(code, key, own),
                "ordinal": str(place),
            }
            yield Row("question_option", self._option_key(code, key) | about)

    def _option_key(self, code: str, option: str) -> dict[str, str | None]:
        return {"survey": self._survey.survey, "question": code, "code": option}

    def _score(self, code: str, option: str, assessment_value: Any) -> str | None:
        scores = self._scores.get(code)
        if scores is None:
            return None
        if scores:
            return f"{scores[option]:g}" if option in scores else None
        return text(assessment_value)

    def _check_assessment(self, code: str, properties: dict[str, Any]) -> None:
        """Raise when the platform is to give the scores and nobody typed any: a mean of nothing but zeros."""
        if code not in self._scores or self._scores[code]:
            return
        values = [number(option.content.get("assessment_value")) for option in options_of(properties)]
        if values and not any(values):
            raise _no_scores(self._survey, code)


def _no_scores(survey: Survey, code: str) -> PermanentError:
    return PermanentError(PLATFORM["no_scores_in_limesurvey"].format(survey=survey.survey, code=code))
