# ruff: noqa: E501 (one column a line, however long its comment)
"""Facts: accounts, what they did, the persons they are, and figures typed by a person. Every table is versioned."""

import sqlalchemy as sa

from trimestre.warehouse.tables.base import INSTANT, column
from trimestre.warehouse.tables.history import account_column, edition_column, source_column, versioned

account = versioned(
    "warehouse", "account", "One version of one account: one appearance of a human in one source.",
    (account_column(), source_column()),
    column("kind", sa.Text, "learner, attendee, invitee or respondent."),
    column("sex", sa.Text, "mujer, hombre, no_binario, otro; null = the source does not say.", nullable=True),
    column("institution", sa.Text, "Institution as the source names it.", nullable=True),
    column("state", sa.Text, "State, INEGI key as text.", nullable=True),
    column("order_of_government", sa.Text, "FEDERAL, ESTATAL, MUNICIPAL_ALCALDIA or OTRO.", nullable=True),
    column("organisation_type", sa.Text, "Type of organisation.", nullable=True),
)  # fmt: skip

enrolment = versioned(
    "warehouse", "enrolment", "One version of one enrolment: an account in a course edition.",
    (account_column(), source_column(), edition_column()),
    column("role", sa.Text, "Role in the course; only `student` is counted."),
    column("active", sa.Boolean, "Seen active and not suspended from start to end of the batch."),
    column("in_population", sa.Boolean, "Sticky: once seen active, student and not suspended it stays in."),
    column("enrolled_at", INSTANT, "When enrolled, where the source tells.", nullable=True),
    column("first_access_at", INSTANT, "Earliest access ever seen; platforms tell only the last one.", nullable=True),
    column("gap_closed_at", INSTANT, "System time since which it has been active without a gap; null = never seen away.", nullable=True),
)  # fmt: skip
module_completion = versioned(
    "warehouse", "module_completion", "One version of the state of one module for one enrolment.",
    (account_column(), source_column(), edition_column(), column("module", sa.Text, "Module.")),
    column("state", sa.Text, "completed, failed, not_completed, or reset (emptied after a gap: still counts)."),
    column("completed_at", INSTANT, "Earliest time in the present unbroken completed state.", nullable=True),
)  # fmt: skip
certificate = versioned(
    "warehouse", "certificate", "One version of the certificate of one enrolment.",
    (account_column(), source_column(), edition_column()),
    column("state", sa.Text, "obtained, not_obtained, or reset (emptied after a gap: still counts)."),
    column("obtained_at", INSTANT, "First time it was obtained in the present unbroken state.", nullable=True),
)  # fmt: skip
invitation = versioned(
    "warehouse", "invitation", "One version of one invitation: an account asked to answer or to enrol.",
    (
        account_column(),
        source_column(),
        column("target_kind", sa.Text, "survey or edition."),
        column("target", sa.Text, "Survey or edition it invites to."),
    ),
    column("delivered", sa.Boolean, "Sent and not come back; where the source only gives dates, sent_at is known."),
    column("sent_at", INSTANT, "When it was sent; null = not sent or unknown.", nullable=True),
    column("completed_at", INSTANT, "When it was answered, where the source tells.", nullable=True),
)  # fmt: skip
response = versioned(
    "warehouse", "response", "One version of one response: one submission of a survey.",
    (
        account_column(),
        source_column(),
        column("survey", sa.Text, "Survey."),
        column("response_id", sa.Text, "Identifier of the response in its survey."),
    ),
    column("complete", sa.Boolean, "Submitted to the end."),
    column("submitted_at", INSTANT, "When; null = incomplete or the survey keeps no dates.", nullable=True),
    column("started_at", INSTANT, "When begun.", nullable=True),
    column("language", sa.Text, "Language it was begun in.", nullable=True),
    column("sex", sa.Text, "Sex as answered in the survey.", nullable=True),
)  # fmt: skip
answer = versioned(
    "warehouse", "answer", "One version of one answer: one question's value in one response.",
    (
        account_column(),
        source_column(),
        column("survey", sa.Text, "Survey."),
        column("response_id", sa.Text, "Response."),
        column("question", sa.Text, "Question."),
        column("sub_code", sa.Text, "Sub-question; empty when there is none."),
    ),
    column("value", sa.Text, "Code or number answered; null = skipped, not seen or free text.", nullable=True),
    column("answered", sa.Boolean, "Whether anything was answered."),
)  # fmt: skip
attendance = versioned(
    "warehouse", "attendance", "One version of one attendance: an account present at an event.",
    (account_column(), source_column(), column("event", sa.Text, "Event.")),
    column("registered_at", INSTANT, "When the account was registered at the event.", nullable=True),
    column("organisation_type", sa.Text, "Type of organisation given at the event.", nullable=True),
    column("institution", sa.Text, "Institution given at the event.", nullable=True),
    column("weak", sa.Boolean, "True = known only by the name shown at this event: it is linked to nobody else."),
    column("seconds", sa.Numeric, "Time present as the platform adds it up, where it tells no intervals.", nullable=True),
)  # fmt: skip
attendance_interval = versioned(
    "warehouse", "attendance_interval", "One version of one interval in which an account was connected to an event.",
    (
        account_column(),
        source_column(),
        column("event", sa.Text, "Event."),
        column("joined_at", INSTANT, "When it came in."),
        column("left_at", INSTANT, "When it left."),
    ),
    column("seconds", sa.Numeric, "Length as the platform tells it (rounded up); the interval itself counts.", nullable=True),
)  # fmt: skip

reported_value = versioned(
    "warehouse", "reported_value", "One version of one figure typed by a person.",
    (
        source_column(),
        column("indicator", sa.Text, "Indicator."),
        column("period", sa.Text, "Quarter it is for."),
        column("disaggregation", sa.Text, "Breakdown; `total` when there is none."),
        column("category", sa.Text, "Category; `total` when there is none."),
    ),
    column("value", sa.Numeric, "Value; a typed zero is a zero."),
    column("reported_on", sa.Date, "Day it is true for."),
    column("verification", sa.Text, "Means of verification.", nullable=True),
)  # fmt: skip

person_link = versioned(
    "warehouse", "person_link", "One version of the link from an account to its person.",
    (account_column(), source_column()),
    column("person_key", sa.Uuid, "Person: the smallest account_key of the connected component."),
    column("reason", sa.Text, "What links it: legal_id, employee_id, email, decision, erased (joined by +), or own."),
)  # fmt: skip
person = versioned(
    "warehouse", "person", "One version of one person: what is known of a human across sources.",
    (source_column(), column("person_key", sa.Uuid, "Person.")),
    column("sex", sa.Text, "First non-missing by source order; no_especificado when missing or contradictory."),
    column("sex_known", sa.Boolean, "Whether any source of the person says a sex."),
    column("sex_conflict", sa.Boolean, "True = sources contradict each other: for review."),
    column("sex_source", sa.Text, "Source whose sex counts; null = missing or contradictory.", nullable=True),
    column("institution", sa.Text, "First non-missing by source order: its code, or the text as given when the list does not know it.", nullable=True),
    column("institution_listed", sa.Boolean, "Whether institution is a code of the project's list."),
    column("state", sa.Text, "First non-missing by source order, else that of the institution; INEGI key as text.", nullable=True),
    column("order_of_government", sa.Text, "First non-missing by source order, else that of the institution.", nullable=True),
    column("accounts", sa.Integer, "Accounts linked."),
)  # fmt: skip

sa.Index("person_link_person", person_link.c.person_key, postgresql_where=sa.text("valid_to = 'infinity'"))
