"""Contracts of ``framework/surveys/*.yaml``: questionnaires and what their answers mean."""

from datetime import date
from typing import Literal

from pydantic import Field, ValidationInfo, model_validator

from trimestre.contracts.base import Code, Contract, Name, Number, is_stored
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_MENDS, YAML_RULES


class ScoredQuestion(Contract):
    """A question whose options carry a score."""

    question: Code = Field(description="Code, such as P02 or P02[SQ001].")
    scores: dict[str, Number] = Field(
        default_factory=dict, description="Option code -> score; empty = the platform's assessment values."
    )


class Survey(Contract):
    """``framework/surveys/*.yaml``: a questionnaire and what its answers mean."""

    survey: Code = Field(description="Code of the survey.")
    name: str = Field(description="Name in Spanish.")
    source: Name = Field(description="Source that delivers it.")
    survey_id: str = Field(description="Its identifier there; of a Moodle's feedback activity the cmid or its name.")
    edition: Code | None = Field(
        None, description="Edition whose learners answer it; a Moodle's feedback activity is in its course."
    )
    event: Code | None = Field(None, description="Event whose attendees answer it.")
    closes_on: date = Field(description="Last local day whose answers count: the survey's own close.")
    sex_question: Code | None = Field(None, description="Question that asks for sex.")
    sex_values: dict[str, str] = Field(default_factory=dict, description="Option code -> mujer, hombre, …")
    scored: tuple[ScoredQuestion, ...] = Field((), description="Questions with a score.")
    free_text: tuple[Code, ...] = Field((), description="Questions whose answers are kept out of the warehouse.")
    safe_text: tuple[Code, ...] = Field(
        (), description="Free-text questions whose answers were found to name nobody, and may enter the warehouse."
    )
    reached_by: Literal["invitation", "attendance", "enrolment", "open_link"] = Field(
        "open_link",
        description="Who could have answered, the denominator of the response rate: those a delivered invitation went "
        "to, those present at `event`, those enrolled in `edition`; nobody knows with an open link.",
    )
    repeated: Literal["first", "last", "all"] = Field(
        "last", description="Which complete responses count when one account (an invitation) sent several."
    )

    @model_validator(mode="after")
    def _reached(self, info: ValidationInfo) -> "Survey":
        if is_stored(info):
            return self
        needed = {"attendance": "event", "enrolment": "edition"}
        key = needed.get(self.reached_by)
        if key is not None and getattr(self, key) is None:
            raise Wrong([Problem(key, None, YAML_RULES[f"needs_{key}"], YAML_MENDS["add"])])
        both = sorted(set(self.free_text) & set(self.safe_text))
        if both:
            raise Wrong([Problem("safe_text", ", ".join(both), YAML_RULES["free_or_safe"], YAML_MENDS["correct_one"])])
        return self
