"""What the landed structure of a survey says: its form in every version that was answered, and what a key of a
submission means.

Data flow: landed ``structure`` -> Questionnaire -> records -> question, question_option.

``content`` of a project is its latest *draft*: read alone, a question taken out of the draft would lose its type while
people still answer it. What counts is the deployed version, then the others that submissions name, the newest first;
the draft stands in only where the server doesn't show the deployed one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from trimestre.contracts.surveys import Survey
from trimestre.sources.answers import Record, Row, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.kobo.calls import ASSET, VERSION
from trimestre.sources.kobo.form import Form, Option, Question, read_form
from trimestre.sources.questionnaire import FreeText, resolved, scores_of

METADATA_KEYS = frozenset(
    {"start", "end", "today", "username", "deviceid", "subscriberid", "simserial", "phonenumber", "audit"}
)
"""Keys of the device in submissions of a form that no longer asks for them."""


class Meaning(NamedTuple):
    """What a key of a submission is."""

    code: str
    multiple: bool
    free: bool
    """Free text that stays out of the warehouse."""
    metadata: str | None
    """Type of what the device answered itself; null of an answer."""
    exact: bool
    """Whether the form has that very path."""


@dataclass
class Questionnaire:
    """A survey's form, the versions that matter first."""

    survey: Survey
    forms: list[Form]
    by_version: dict[str, Form] = field(default_factory=dict)
    deployed_read: bool = False
    """Whether the deployed version itself was shown, and not only the draft."""

    def __post_init__(self) -> None:
        self.alike = {
            name
            for form in self.forms
            for name, questions in form.by_name.items()
            if len(questions) > 1 and not all(question.metadata for question in questions)
        }
        """Names that two questions of one version share."""
        self._meanings: dict[tuple[str, str | None], Meaning] = {}

    @property
    def complete(self) -> bool:
        """Whether a form was read at all."""
        return bool(self.questions())

    def code(self, question: Question) -> str:
        """Code of a question: its name, or the whole path where the name is not enough."""
        return question.path if question.name in self.alike else question.name

    def questions(self) -> dict[str, Question]:
        """Code -> question as in the foremost version that has it, without what devices answer."""
        found: dict[str, Question] = {}
        for form in self.forms:
            for question in form.questions:
                if not question.metadata:
                    found.setdefault(self.code(question), question)
        return found

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        """Code of a question -> codes of the options of a multiple choice, its sub-questions."""
        return {
            code: [option.code for option in self.options(code)] if question.multiple else []
            for code, question in self.questions().items()
        }

    @cached_property
    def free_texts(self) -> FreeText:
        """What is kept out of the warehouse."""
        return FreeText(self.survey, self.parts)

    @cached_property
    def sex_code(self) -> str | None:
        """Code of the question that asks for sex."""
        asked = self.survey.sex_question
        return resolved(self.survey, "sex_question", asked, self.parts)[0] if asked else None

    def options(self, code: str) -> list[Option]:
        """Options of a question in the order of the foremost version, then those that only older ones have."""
        found: dict[str, Option] = {}
        for form in self.forms:
            for question in form.questions:
                if self.code(question) == code:
                    for option in question.options:
                        found.setdefault(option.code, option)
        return list(found.values())

    def meaning(self, path: str, version: str | None) -> Meaning:
        """What a key of a submission of a version is; one that no version has is taken for free text."""
        known = self._meanings.get((path, version))
        if known is None:
            known = self._meanings[path, version] = self._judge(path, version)
        return known

    def _judge(self, path: str, version: str | None) -> Meaning:
        own = [self.by_version[version]] if version in self.by_version else []
        question = next((found for form in [*own, *self.forms] if (found := form.find(path))), None)
        name = path.rsplit("/", 1)[-1]
        if question is None:
            metadata = name if path in METADATA_KEYS else None
            code = path if name in self.alike or not text(name) else name
            return Meaning(code, False, True, metadata, False)
        code = self.code(question)
        free = self.free_texts.kept_out(code, free=question.free)
        metadata = question.kind if question.metadata else None
        return Meaning(code, question.multiple, free, metadata, question.path == path)


def read_structure(survey: Survey, file: LandedFile, language: str | None) -> Questionnaire:
    """The questionnaire of a landed file."""
    draft, deployed = Form(), None
    dated: list[tuple[str, str, Form]] = []
    for answer in read_answers(file.path):
        data = parsed(answer["body"])
        if not isinstance(data, dict):
            continue
        form = read_form(data.get("content"), f"{answer['ordinal']}#/content", language)
        if answer["method"] == ASSET:
            draft, deployed = form, text(data.get("deployed_version_id"))
        elif answer["method"] == VERSION and form.questions:
            dated.append((text(data.get("date_modified")) or "", answer["parameters"]["version"], form))
    # Sorted by what is the deployed one, then by date: ISO 8601 in UTC sorts as text.
    dated.sort(key=lambda one: (one[1] == deployed, one[0]), reverse=True)
    read = bool(dated) and dated[0][1] == deployed
    forms = [form for _, _, form in dated]
    return Questionnaire(
        survey, forms if read else [draft, *forms], {version: form for _, version, form in dated}, read
    )


def structure_records(questionnaire: Questionnaire) -> Iterator[Record]:
    """Each question with its options; the content of a record is its rows.

    Raises when a question that gives figures is not in the form: they would all read «sin respuesta».
    """
    survey = questionnaire.survey
    scores = scores_of(survey, questionnaire.parts)
    _ = questionnaire.sex_code
    for form in questionnaire.forms[:1]:
        for position, row in form.nameless:
            yield Record(position, canonical([survey.survey, row]), unreadable="pregunta_sin_codigo")
    for ordinal, (code, question) in enumerate(questionnaire.questions().items(), start=1):
        rows = list(_question_rows(questionnaire, code, question, ordinal, scores.get(code, {})))
        yield Record(question.position, canonical(rows), rows)


def _question_rows(
    questionnaire: Questionnaire, code: str, question: Question, ordinal: int, scores: dict[str, float]
) -> Iterator[Row]:
    key: dict[str, str | None] = {"survey": questionnaire.survey.survey, "question": code}
    free = text(questionnaire.free_texts.marked(code, free=question.free))
    kind: dict[str, str | None] = {"type": question.type, "free_text": free}
    about = {"ordinal": str(ordinal), "text": question.label, "texts": question.texts}
    yield Row("question", {**key, "sub_code": "", **kind, **about})
    options = questionnaire.options(code)
    if question.multiple:
        # What is answered is a 1 for each chosen option, so that the options are parts of the question. As options of
        # the question itself, that 1 would be read as the one with the code 1.
        for place, option in enumerate(options, start=1):
            about = {"ordinal": str(place), "text": option.label or option.code, "texts": option.labels}
            yield Row("question", {**key, "sub_code": option.code, **kind, **about})
        options = []
    # After the form's own, those that only the configuration knows: a whole number has no options, but may have scores.
    options += [Option(one, one) for one in scores if one not in {option.code for option in options}]
    for place, option in enumerate(options, start=1):
        yield Row(
            "question_option",
            {
                **key,
                "code": option.code,
                "label": option.label or option.code,
                "labels": option.labels,
                "score": f"{scores[option.code]:g}" if option.code in scores else None,
                "ordinal": str(place),
            },
        )
