# ruff: noqa: E501 (one column a line, however long its comment)
"""Dimensions: what is declared, and what sources say that nobody does. Every table is versioned."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from trimestre.warehouse.tables.base import INSTANT, column
from trimestre.warehouse.tables.history import edition_column, source_column, versioned

period = versioned(
    "warehouse", "period", "One version of one quarter of the project.",
    (source_column(), column("period", sa.Text, "Quarter, such as 2020-Q2.")),
    column("ordinal", sa.Integer, "Order in the project, from 1."),
    column("starts_on", sa.Date, "First local day."),
    column("ends_on", sa.Date, "Last local day."),
    column("starts_at", INSTANT, "Start of the first day in the project's zone."),
    column("ends_at", INSTANT, "End of the last day in the project's zone (exclusive)."),
    column("fiscal_year", sa.Text, "The donor's fiscal year, such as FY2020."),
    column("fy_period", sa.Text, "Quarter of the donor's fiscal year, such as FY2020-Q3."),
)  # fmt: skip
state = versioned(
    "warehouse", "state", "One version of one state of the country.",
    (source_column(), column("state", sa.Text, "INEGI key of two digits, as text.")),
    column("name", sa.Text, "Name."),
    column("short_name", sa.Text, "Short name for tables and charts.", nullable=True),
)  # fmt: skip
institution = versioned(
    "warehouse", "institution", "One version of one institution of the reviewed list.",
    (source_column(), column("institution", sa.Text, "Code.")),
    column("name", sa.Text, "Name."),
    column("order_of_government", sa.Text, "FEDERAL, ESTATAL, MUNICIPAL_ALCALDIA or OTRO.", nullable=True),
    column("state", sa.Text, "State it belongs to, INEGI key as text; null = none or the whole country.", nullable=True),
)  # fmt: skip
alias = versioned(
    "warehouse", "alias", "One version of one reviewed name by which sources call an institution, a state or a course.",
    (
        source_column(),
        column("kind", sa.Text, "institution, state or course."),
        column("alias", sa.Text, "The name as warehouse.comparable() has it: upper case, letters and digits, no accents."),
    ),
    column("code", sa.Text, "Code of what it names."),
)  # fmt: skip
edition_course = versioned(
    "warehouse", "edition_course", "One version of one source course that carries an edition or a part of it.",
    (
        source_column(),
        edition_column(),
        column("delivered_by", sa.Text, "Source that delivers it."),
        column("source_course", sa.Text, "How that source names the course."),
    ),
    column("activities", JSONB, "Module code, or `certificate` -> activity of the source that stands for it."),
)  # fmt: skip
milestone = versioned(
    "warehouse", "milestone", "One version of one stage of a milestone indicator.",
    (
        source_column(),
        column("indicator", sa.Text, "Indicator."),
        column("stage", sa.Text, "Number of the stage, from 0 on."),
    ),
    column("name", sa.Text, "Name of the stage."),
)  # fmt: skip
course = versioned(
    "warehouse", "course", "One version of one course: a syllabus.",
    (source_column(), column("course", sa.Text, "Code of the course.")),
    column("name", sa.Text, "Name."),
    column("aliases", sa.Text, "Other names, separated by ' | '.", nullable=True),
    column("line", sa.Text, "Line of action."),
)  # fmt: skip
course_edition = versioned(
    "warehouse", "course_edition", "One version of one course edition: a dated run of a course.",
    (source_column(), edition_column()),
    column("course", sa.Text, "Course."),
    column("name", sa.Text, "Name."),
    column("opens_on", sa.Date, "First local day."),
    column("closes_on", sa.Date, "Last local day as planned."),
    column("last_day", sa.Date, "Last local day whose events count."),
    column("cutoff_reason", sa.Text, "Why the last day differs from the plan.", nullable=True),
    column("population", sa.Text, "enrolled = all invited are enrolled; unknown = no coverage from it."),
    column("opens_at", INSTANT, "Start of the first day in the project's zone."),
    column("cutoff_at", INSTANT, "End of the last day in the project's zone (exclusive)."),
    column("period", sa.Text, "Quarter of its opening."),
)  # fmt: skip
module = versioned(
    "warehouse", "module", "One version of one module of a course.",
    (source_column(), column("course", sa.Text, "Course."), column("module", sa.Text, "Code of the module.")),
    column("name", sa.Text, "Name."),
    column("ordinal", sa.Integer, "Order in the course, from 1."),
)  # fmt: skip
event = versioned(
    "warehouse", "event", "One version of one event: a dated meeting.",
    (source_column(), column("event", sa.Text, "Code of the event.")),
    column("name", sa.Text, "Name."),
    column("held_on", sa.Date, "Local day."),
    column("line", sa.Text, "Line of action."),
    column("starts_at", INSTANT, "Scheduled start; null = presence is not measured.", nullable=True),
    column("ends_at", INSTANT, "Scheduled end (exclusive).", nullable=True),
    column("minimum_percent", sa.Numeric, "Share of the scheduled time, in percent, from which somebody attended; null = being on the list is enough.", nullable=True),
)  # fmt: skip
survey = versioned(
    "warehouse", "survey", "One version of one survey: a questionnaire.",
    (source_column(), column("survey", sa.Text, "Code of the survey.")),
    column("name", sa.Text, "Name."),
    column("edition", sa.Text, "Edition whose learners answer it.", nullable=True),
    column("event", sa.Text, "Event whose attendees answer it.", nullable=True),
    column("closes_on", sa.Date, "Last local day whose answers count."),
    column("closes_at", INSTANT, "End of that day in the project's zone (exclusive)."),
    column("reached_by", sa.Text, "invitation, attendance, enrolment or open_link: the denominator of its response rate (an open link has none)."),
    column("repeated", sa.Text, "first, last or all: which complete responses of one account count."),
)  # fmt: skip
indicator = versioned(
    "warehouse", "indicator", "One version of one indicator definition, as its YAML said.",
    (source_column(), column("indicator", sa.Text, "Code of the indicator.")),
    column("version", sa.Integer, "Version of the definition."),
    column("definition", JSONB, "The whole definition."),
)  # fmt: skip
question = versioned(
    "warehouse", "question", "One version of one question or sub-question of a survey.",
    (
        source_column(),
        column("survey", sa.Text, "Survey."),
        column("question", sa.Text, "Code of the question."),
        column("sub_code", sa.Text, "Code of the sub-question; empty when there is none."),
    ),
    column("type", sa.Text, "choice, choices, ranking, number, date, text, file or note, whatever the platform calls it."),
    column("ordinal", sa.Integer, "Order in the questionnaire."),
    column("text", sa.Text, "Wording in the survey's base language.", nullable=True),
    column("texts", JSONB, "Language -> wording; null = only the base language.", nullable=True),
    column("free_text", sa.Boolean, "Answered in free text: its values are kept out unless the survey says they are safe."),
)  # fmt: skip
question_option = versioned(
    "warehouse", "question_option", "One version of one answer option of a question.",
    (
        source_column(),
        column("survey", sa.Text, "Survey."),
        column("question", sa.Text, "Code of the question."),
        column("code", sa.Text, "Code of the option."),
    ),
    column("label", sa.Text, "Label in the survey's base language.", nullable=True),
    column("labels", JSONB, "Language -> label; null = only the base language.", nullable=True),
    column("score", sa.Numeric, "Score; null = not scored.", nullable=True),
    column("ordinal", sa.Integer, "Order among the options."),
)  # fmt: skip
