"""Surveys that come in files: what their questions are, and what was answered.

Data flow: questions of a dataset + Survey (YAML) + header of a file -> a record of its own -> question,
question_option; normalised columns of the chosen records + their response rows -> answer.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from trimestre.contracts.questions import OTHER, UNKNOWN, Option, Part, Question, sought
from trimestre.contracts.sources import TabularDataset
from trimestre.contracts.surveys import Survey
from trimestre.errors import ContractError
from trimestre.sources.answers import Row, canonical, frames, text
from trimestre.sources.base import LandedFile, RecordChunk
from trimestre.sources.questionnaire import FREE_TYPES, FreeText, by_language, resolved, scores_of
from trimestre.sources.tabular.header import Header
from trimestre.sources.tabular.matching import normal, plain
from trimestre.sources.tabular.values import split_multiple
from trimestre.texts import PLATFORM, YAML_FILES_OF_SOURCES

_NOT_CHOSEN = frozenset({"", "0", "0.0", "no", "n", "false", "falso", "n/a"})
"""What the column of an option holds where it was not chosen, in normal form."""

Columns = Callable[[str], pd.Series]
"""Normalised cells of a column; all null where the file lacks it."""


class Answers(NamedTuple):
    """Answers to one question or part of it, a cell for each record; null = none."""

    part: str
    values: pd.Series
    free: bool


class SurveyReader:
    """What is made of the questions of a dataset."""

    def __init__(self, dataset: TabularDataset, survey: Survey) -> None:
        """:class:`PermanentError` where the survey scores, or takes for sex, a question that there is not."""
        self.dataset, self._survey = dataset, survey
        self.parts = {question.question: question.part_codes for question in dataset.questions}
        self._texts = FreeText(survey, self.parts)
        self._scores = scores_of(survey, self.parts)
        for code, scores in self._scores.items():
            question = next(one for one in dataset.questions if one.question == code)
            if not scores and all(option.score is None for option in question.options):
                raise ContractError(PLATFORM["no_scores_in_options"].format(survey=survey.survey, code=code))
        asked = survey.sex_question
        self._sex = resolved(survey, "sex_question", asked, self.parts) if asked else None

    def header_chunk(self, header: Header, headings: Sequence[str], file: LandedFile) -> RecordChunk:
        """The header as a record at position 0: it is what says how the questions were asked."""
        rows = [
            row
            for place, one in enumerate(self.dataset.questions, start=1)
            for row in self._about(one, place, header, headings)
        ]
        return RecordChunk(
            dataset=file.dataset,
            scope=file.scope,
            landed_file_id=file.landed_file_id,
            positions=["0"],
            records=[canonical(rows)],
            rows=lambda _: frames((0, row) for row in rows),
        )

    def _about(self, question: Question, ordinal: int, header: Header, headings: Sequence[str]) -> Iterator[Row]:
        key: dict[str, str | None] = {"survey": self._survey.survey, "question": question.question}
        free = text(self._texts.marked(question.question, free=question.type in FREE_TYPES))
        kind: dict[str, str | None] = {"type": question.type, "free_text": free}
        asked = question.text or self._asked(question, header, headings)
        texts = self._by_language(asked, question.texts)
        yield Row("question", {**key, "sub_code": "", **kind, "ordinal": str(ordinal), "text": asked, "texts": texts})
        options = [*question.options, *self._written_in(question)]
        parts: Sequence[Part] = options if question.type == "choices" else question.rows
        for place, part in enumerate(parts, start=1):
            about = {"text": part.shown, "texts": self._by_language(part.shown, part.labels)}
            yield Row("question", {**key, "sub_code": part.code, **kind, "ordinal": str(place), **about})
        if question.type == "choices":
            return  # each is a part, answered by Y
        scores = self._scores.get(question.question, {})
        # After its own, those that only the survey knows: a whole number has no options, but may have scores.
        options += [Option(code=code) for code in scores if code not in {option.code for option in options}]
        for place, option in enumerate(options, start=1):
            score = scores.get(option.code, None if scores else option.score)
            about = {"label": option.shown, "labels": self._by_language(option.shown, option.labels)}
            yield Row(
                "question_option",
                {
                    **key,
                    "code": option.code,
                    **about,
                    "score": None if score is None else f"{score:g}",
                    "ordinal": str(place),
                },
            )

    def _written_in(self, question: Question) -> list[Option]:
        labels = self.dataset.questionnaire.other
        return [Option(code=OTHER, label=labels[0] if labels else OTHER)] if question.other else []

    def _by_language(self, shown: str, others: dict[str, str]) -> str | None:
        return by_language([(self.dataset.questionnaire.language, shown), *others.items()])

    def _asked(self, question: Question, header: Header, headings: Sequence[str]) -> str:
        """The question as the file has it, or its heading in the YAML where the file's holds more than that."""
        for one in sought(question, self.dataset.questionnaire):
            place = header.columns.get(one.column)
            if place is None:
                continue
            for form in (normal, plain):
                for expected, own in one.headings:
                    if form(headings[place]) == form(expected):
                        found = headings[place] if form(expected) == form(own) and own in question.headings else own
                        return " ".join(found.split())
        return question.headings[0] if question.headings else question.question

    @cached_property
    def _by_code(self) -> dict[str, Question]:
        return {question.question: question for question in self.dataset.questions}

    def sex(self, columns: Columns, given: pd.Series) -> pd.Series:
        """The sex of each response: of its own column or, where that says nothing, as the survey's question says."""
        found = given
        if self._sex is not None:
            code, part = self._sex
            for answers in self._answers(self._by_code[code], columns, frozenset()):
                if answers.part == part:
                    found = found.fillna(answers.values)
                    break
        values = self._survey.sex_values
        found = found.map(values).astype("str").fillna(found) if values else found
        return found.mask(found == "")

    def answers(
        self, columns: Columns, present: frozenset[str], responses: pd.DataFrame, chosen: pd.Series
    ) -> pd.DataFrame:
        """Rows of answer of the records that ``chosen`` marks, of which ``responses`` holds the rows, in their order.

        ``present`` are the columns that the file has.
        """
        about = responses[["record", "out_of_scope", "account_ref", "survey", "response_id"]]
        made: list[pd.DataFrame] = []
        for question in self.dataset.questions:
            for part, values, free in self._answers(question, columns, present):
                given = values[chosen].reset_index(drop=True)
                frame = about.assign(question=question.question, sub_code=part, value=given, free_text=text(free))
                made.append(frame[given.notna()])
        if not made:
            return about.iloc[:0]
        whole = pd.concat(made).sort_values("record", kind="stable", ignore_index=True)
        return whole.astype(dict.fromkeys(("question", "sub_code", "value", "free_text"), "str"))

    def _answers(self, question: Question, columns: Columns, present: frozenset[str]) -> Iterator[Answers]:
        if question.type == "choices":
            yield from self._choices(question, columns, present)
        elif question.type == "ranking":
            yield from self._ranking(question, columns)
        else:
            for one in sought(question, self.dataset.questionnaire):
                if one.part == OTHER and question.other:
                    continue  # read with the question itself
                cells = columns(one.column)
                if question.type == "choice":
                    yield from self._choice(question, one.part, cells, columns)
                else:
                    yield Answers(one.part, cells, self._kept_out(question, one.part))

    def _kept_out(self, question: Question, part: str, *, extra: bool = False) -> bool:
        free = extra or question.type in FREE_TYPES
        return self._texts.kept_out(question.question, part, free=free, extra=extra)

    def _choice(self, question: Question, part: str, cells: pd.Series, columns: Columns) -> Iterator[Answers]:
        """The code of the option chosen; what is none of them is text, which may name somebody."""
        known = cells.isin([option.code for option in question.options])
        if not question.other:
            yield Answers(part, cells.where(known), self._kept_out(question, part))
            yield Answers(f"{part}.{UNKNOWN}" if part else UNKNOWN, cells.where(~known), free=True)
            return
        written = self._column_of(question, OTHER, columns)
        foreign = cells.notna() & ~known & (cells != OTHER)
        meant = cells.mask(foreign | (cells.isna() & written.notna()), OTHER)
        yield Answers(part, meant, self._kept_out(question, part))
        yield Answers(OTHER, written.fillna(cells.where(foreign)), self._kept_out(question, OTHER, extra=True))

    def _choices(self, question: Question, columns: Columns, present: frozenset[str]) -> Iterator[Answers]:
        """A Y for each option chosen: those of one cell, or of the columns that the options have."""
        layout = sought(question, self.dataset.questionnaire)
        whole, *parts = layout
        free = self._kept_out(question, "")
        expanded = any(one.column in present for one in parts if one.part != OTHER)
        written = self._column_of(question, OTHER, columns) if question.other else None
        if expanded:
            for one in parts:
                if one.part != OTHER:
                    cells = columns(one.column)
                    chosen = cells.notna() & ~self._normal(cells).isin(_NOT_CHOSEN)
                    yield Answers(one.part, cells.mask(chosen, "Y").where(chosen), free)
        else:
            split = self._split(whole.column, columns)
            for option in question.options:
                chosen_codes = [("Y" if option.code in codes else None) for codes, _ in split]
                yield Answers(option.code, pd.Series(chosen_codes, dtype="str"), free)
            left = pd.Series([other for _, other in split], dtype="str")
            if written is None:
                yield Answers(UNKNOWN, left, free=True)
            else:
                written = written.fillna(left)
        if written is not None:
            yield Answers(OTHER, written, self._kept_out(question, OTHER, extra=True))

    def _ranking(self, question: Question, columns: Columns) -> Iterator[Answers]:
        """The option at each place, from 1 on."""
        split = self._split(sought(question, self.dataset.questionnaire)[0].column, columns)
        for place in range(max((len(codes) for codes, _ in split), default=0)):
            at_place = [codes[place] if place < len(codes) else None for codes, _ in split]
            yield Answers(str(place + 1), pd.Series(at_place, dtype="str"), self._kept_out(question, ""))
        yield Answers(UNKNOWN, pd.Series([other for _, other in split], dtype="str"), free=True)

    def _split(self, column: str, columns: Columns) -> list[tuple[list[str], str | None]]:
        multiple = self.dataset.columns[column].multiple
        if multiple is None:  # the contract makes it so
            return []
        return split_multiple(columns(column), multiple.codes, multiple.separator)

    def _column_of(self, question: Question, part: str, columns: Columns) -> pd.Series:
        return next(columns(one.column) for one in sought(question, self.dataset.questionnaire) if one.part == part)

    @staticmethod
    def _normal(cells: pd.Series) -> pd.Series:
        texts = {cell: normal(cell) for cell in cells.dropna().unique()}
        return cells.map(texts)


def survey_readers(
    datasets: Sequence[TabularDataset], surveys: Sequence[Survey] | None, source: str
) -> dict[str, SurveyReader]:
    """Dataset -> its reader, of those with questions. Without ``surveys``, as in a preview, all free text stays out.

    :class:`ContractError` when a survey is not declared: nobody would know which of its texts are safe.
    """
    readers: dict[str, SurveyReader] = {}
    for dataset in datasets:
        if not dataset.questions or dataset.survey is None:
            continue
        known = {survey.survey: survey for survey in surveys or ()}
        if surveys is not None and dataset.survey not in known:
            raise ContractError(
                YAML_FILES_OF_SOURCES["survey"].format(
                    source=source,
                    dataset=dataset.dataset,
                    found=dataset.survey,
                    known=", ".join(known) or YAML_FILES_OF_SOURCES["none"],
                )
            )
        bare = Survey(
            survey=dataset.survey, name="", source=source, survey_id=dataset.survey, closes_on=date.max
        )  # fmt: skip
        readers[dataset.dataset] = SurveyReader(dataset, known.get(dataset.survey, bare))
    return readers
