"""From a landed feedback activity to records and rows.

Data flow: landed ``feedback_structure`` -> Item per question -> records -> question, question_option; landed
``feedback_responses`` + the items -> records -> account (of anonymous responses), response, answer.

The code of a question is its label in Moodle where no other question has the same, else ``item`` and its number. The
code of an option is its place in the list, from 1 on: Moodle stores that and nothing else.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import Record, Row, as_list, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.moodle.calls import ITEMS, has_id, is_id
from trimestre.sources.moodle.feedback import items_of, nameless_of, responses_of, total_of
from trimestre.sources.moodle.rows import instant
from trimestre.sources.questionnaire import (
    FREE_TYPES,
    FreeText,
    QuestionType,
    plain,
    question_type,
    resolved,
    scores_of,
)
from trimestre.texts import PLATFORM

_NO_QUESTION = frozenset({"pagebreak", "captcha"})
_TYPES: dict[str, QuestionType] = {"numeric": "number", "textarea": "text", "textfield": "text", "label": "note"}
_CHOICES = frozenset({"multichoice", "multichoicerated"})
_ITEM_CODE = re.compile(r"item\d+")
_NOT_SELECTED = "0"
"""What Moodle stores for the option «not selected» that it adds to a question."""


class Option(NamedTuple):
    """One option of a question."""

    code: str
    label: str
    weight: str | None
    """Value of an option of a rated question."""


@dataclass(frozen=True)
class Item:
    """One question of a feedback."""

    item_id: int
    position: str
    code: str
    type: QuestionType
    text: str | None
    ordinal: int
    options: tuple[Option, ...] = ()


@dataclass
class Feedback:
    """What the landed structure of a survey says."""

    survey: Survey
    items: list[Item] = field(default_factory=list)
    nameless: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and objects that are no question with an id."""

    @cached_property
    def parts(self) -> dict[str, set[str]]:
        """Question code -> codes of its options where they are answered one by one."""
        return {
            item.code: {option.code for option in item.options} if item.type == "choices" else set()
            for item in self.items
        }

    def meanings(self) -> dict[int, tuple[str, str, bool]]:
        """Item id -> code, type, and whether what is answered stays out of the warehouse."""
        free = FreeText(self.survey, self.parts)
        return {
            item.item_id: (item.code, item.type, free.kept_out(item.code, free=item.type in FREE_TYPES))
            for item in self.items
        }


def read_feedback(survey: Survey, file: LandedFile) -> Feedback:
    """The questions of a landed ``feedback_structure``; of two answers the later one holds."""
    feedback = Feedback(survey)
    for answer in read_answers(file.path):
        if answer["method"] == ITEMS:
            feedback = feedback_from(survey, answer["ordinal"], parsed(answer["body"]))
    return feedback


def feedback_from(survey: Survey, ordinal: int, data: Any) -> Feedback:
    """The questions of one answer about items."""
    feedback = Feedback(survey)
    labels = Counter(label for thing in items_of(data) if has_id(thing) and (label := text(thing.get("label"))))
    for index, thing in enumerate(items_of(data)):
        position = f"{ordinal}#/items/{index}"
        if not has_id(thing):
            feedback.nameless.append((position, thing))
        elif str(thing.get("typ")) not in _NO_QUESTION:
            feedback.items.append(_item(thing, position, index + 1, labels))
    return feedback


def _item(thing: dict[str, Any], position: str, place: int, labels: Counter[str]) -> Item:
    label = text(thing.get("label")) or ""
    own = labels[label] == 1 and not _ITEM_CODE.fullmatch(label)
    kind = str(thing.get("typ"))
    presentation = str(thing.get("presentation") or "")
    given: Any = thing.get("position")
    return Item(
        item_id=thing["id"],
        position=position,
        code=label if own else f"item{thing['id']}",
        type=_choice_type(presentation) if kind in _CHOICES else question_type(_TYPES, kind),
        text=plain(presentation if kind == "label" else thing.get("name")),
        ordinal=given if is_id(given) else place,
        options=tuple(_options(presentation, rated=kind == "multichoicerated")) if kind in _CHOICES else (),
    )


def _choice_type(presentation: str) -> QuestionType:
    """``c>>>>>`` are boxes; ``r>>>>>`` and ``d>>>>>`` are one choice, by buttons or from a list."""
    return "choices" if presentation.startswith("c>>>>>") else "choice"


def _options(presentation: str, *, rated: bool) -> Iterator[Option]:
    """``r>>>>>one|two<<<<<1``, rated ``r>>>>>5####one|3####two``."""
    listed = presentation.split(">>>>>", 1)[-1].split("<<<<<", 1)[0]
    for place, line in enumerate(listed.split("|"), start=1):
        weight, mark, label = line.partition("####") if rated else ("", "", line)
        yield Option(str(place), plain(label if mark else line) or str(place), text(weight) if mark else None)


def structure_records(feedback: Feedback) -> Iterator[Record]:
    """A record per question; its content is its rows."""
    scores = check_codes(feedback)
    for position, thing in feedback.nameless:
        yield Record(position, canonical([feedback.survey.survey, thing]), unreadable="pregunta_sin_codigo")
    for item in feedback.items:
        rows = list(_question_rows(feedback, item, scores.get(item.code)))
        yield Record(item.position, canonical(rows), rows)


def check_codes(feedback: Feedback) -> dict[str, dict[str, float]]:
    """Scores by question and option; raises when a question that gives figures is not there, or has no scores."""
    survey = feedback.survey
    if survey.sex_question is not None:
        resolved(survey, "sex_question", survey.sex_question, feedback.parts)
    scores = scores_of(survey, feedback.parts)
    for item in feedback.items:
        if item.code in scores and not scores[item.code] and not any(option.weight for option in item.options):
            raise PermanentError(PLATFORM["no_scores_in_moodle"].format(survey=survey.survey, question=item.code))
    return scores


def _question_rows(feedback: Feedback, item: Item, scores: dict[str, float] | None) -> Iterator[Row]:
    """A question and its options; ``scores`` is empty for the platform's own, null for a question without."""
    key: dict[str, str | None] = {"survey": feedback.survey.survey, "question": item.code}
    marked = FreeText(feedback.survey, feedback.parts).marked(item.code, free=item.type in FREE_TYPES)
    about = {"type": item.type, "free_text": text(marked)}
    yield Row("question", {**key, "sub_code": "", **about, "ordinal": str(item.ordinal), "text": item.text})
    options: Sequence[Option] = item.options
    if item.type == "choices":
        # What is answered is a 1 for each chosen option, so that the options are parts of the question. As options of
        # the question itself, that 1 would be read as the one with the code 1.
        for option in options:
            part = {"sub_code": option.code, "ordinal": option.code, "text": option.label}
            yield Row("question", {**key, **about, **part})
        options = ()
    given = scores or {}
    # After the question's own, those that only the configuration knows: a number has no options, but may have scores.
    unlisted = [Option(one, one, None) for one in given if one not in {option.code for option in options}]
    for place, option in enumerate([*options, *unlisted], start=1):
        score = f"{given[option.code]:g}" if option.code in given else None
        if scores == {}:
            score = option.weight
        about = {"code": option.code, "label": option.label, "score": score, "ordinal": str(place)}
        yield Row("question_option", {**key, **about})


class Attempts:
    """The last sweep of a landed ``feedback_responses``: each begins at page 0."""

    def __init__(self, file: LandedFile) -> None:
        self.found: dict[str, tuple[str, dict[str, Any]]] = {}
        """Response id -> position where it came last, and object."""
        self.nameless: dict[str, Any] = {}
        """Positions and things that are no response with an id."""
        totals: set[int | None] = set()
        for answer in read_answers(file.path):
            data, ordinal = parsed(answer["body"]), answer["ordinal"]
            if answer["parameters"].get("page") == "0":
                self.found.clear()
                self.nameless.clear()
                totals.clear()
            totals.add(total_of(data))
            self.nameless |= {f"{ordinal}#{pointer}": thing for pointer, thing in nameless_of(data).items()}
            if not isinstance(data, dict):
                self.nameless[str(ordinal)] = data
            for identifier, (pointer, attempt) in responses_of(data).items():
                self.found[identifier] = (f"{ordinal}#{pointer}", attempt)
        self.complete = totals == {len(self.found)} and not self.nameless
        """Whether as many came as the site counted, on every page."""


def response_records(feedback: Feedback, file: LandedFile) -> Iterator[Record]:
    """A record per response, where it came last."""
    survey, attempts, meanings = feedback.survey, Attempts(file), feedback.meanings()
    asked = survey.sex_question
    sex_question, _ = resolved(survey, "sex_question", asked, feedback.parts) if asked else (None, "")
    for position, thing in attempts.nameless.items():
        yield Record(position, canonical([survey.survey, thing]), unreadable="respuesta_sin_id")
    for identifier, (position, attempt) in attempts.found.items():
        # Not of the response, but its rows depend on what its answers mean: the record must change when that does.
        # A question that is no longer there is taken for free text.
        answers = [
            [*meanings.get(one["id"], (f"item{one['id']}", "text", True)), one.get("rawval")]
            for one in as_list(attempt.get("responses"))
            if has_id(one)
        ]
        content = {
            "survey": survey.survey,
            "response": identifier,
            "user": attempt.get("userid"),
            "time": attempt.get("timemodified"),
            "answers": answers,
            "sex_question": sex_question,
        }
        yield Record(position, canonical(content), content)


def response_rows(survey: Survey, content: dict[str, Any]) -> Iterator[Row]:
    """The response and its answers; an anonymous one has an account of its own and no date."""
    identifier = content["response"]
    anonymous = identifier.startswith("a")
    reference = f"feedback:{identifier}" if anonymous else text(content["user"])
    if anonymous:  # who answered by name has an account as a learner already
        yield Row("account", {"kind": "respondent"}, reference)
    key: dict[str, str | None] = {"survey": survey.survey, "response_id": identifier}
    answers = [row for one in content["answers"] for row in _answers(*one)]
    sex = next((row["value"] for row in answers if row["question"] == content["sex_question"]), None)
    yield Row(
        "response",
        {
            **key,
            "complete": "true",  # a feedback that was begun and left is not among the responses
            "submitted_at": None if anonymous else instant(content["time"]),
            "started_at": None,
            "language": None,
            "sex": survey.sex_values.get(sex, sex) if sex else None,
        },
        reference,
    )
    for row in answers:
        yield Row("answer", {**key, **row}, reference)


def _answers(code: str, kind: str, free: bool, raw: Any) -> Iterator[dict[str, str | None]]:
    """Fields of the answers to one question: none if it was left out, one per chosen option of several."""
    about: dict[str, str | None] = {"question": code, "free_text": text(free)}
    value = text(raw)
    if value is None:
        return
    if kind == "choices":
        chosen = dict.fromkeys(text(one) for one in value.split("|"))
        yield from ({**about, "sub_code": one, "value": "1"} for one in chosen if one and one != _NOT_SELECTED)
    elif kind == "choice":
        if value != _NOT_SELECTED:
            yield {**about, "sub_code": "", "value": value}
    else:
        yield {**about, "sub_code": "", "value": text(html.unescape(value))}
