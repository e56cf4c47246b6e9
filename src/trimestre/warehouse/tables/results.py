# ruff: noqa: E501 (one column a line, however long its comment)
"""Tables of ``results``: what was computed, what was proposed and approved, and how today differs from it.

A *candidate* holds everything that an approval is about; approving it changes its state, and it is then the *vintage*
of its quarter. Nothing but states, decisions and the keys of people (rotation) ever changes in its rows.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from trimestre.warehouse.tables.base import INSTANT, column, table


def _cell() -> tuple[sa.Column[Any], ...]:
    """What a cell says, whoever it belongs to."""
    return (
        column("attribution", sa.Text, "event or edition: which quarter a row belongs to."),
        column(
            "value",
            sa.Numeric,
            "Value at published precision (a share in percent); null = not available.",
            nullable=True,
        ),
        column("value_exact", sa.Numeric, "Value before rounding.", nullable=True),
        column("numerator", sa.Numeric, "Numerator of a share, sum of a mean.", nullable=True),
        column("denominator", sa.Numeric, "Denominator of a share, n of a mean.", nullable=True),
        column("response_rate", sa.Numeric, "For scores of surveys: n / those who could have answered.", nullable=True),
        column("n", sa.BigInteger, "Rows of evidence counted."),
        column("excluded", sa.BigInteger, "Rows of evidence excluded, each with its reason."),
        column(
            "obs_status",
            sa.Text,
            "normal, n_d (not available), n_a (a total that means nothing), no_representativo, no_calculable (a rate whose denominator nobody knows), n_insuficiente (a mean of too few answers) or heredado (a figure of before).",
        ),
        column("target", sa.Numeric, "Target of what the value covers, in force for the quarter.", nullable=True),
        column(
            "percent_of_target",
            sa.Numeric,
            "100 × value / target, one decimal; null where less is better.",
            nullable=True,
        ),
        column(
            "percent_of_progress",
            sa.Numeric,
            "100 × (value - baseline) / (target - baseline), one decimal; null where it can't be.",
            nullable=True,
        ),
        column(
            "status",
            sa.Text,
            "alcanzada, conforme, con_rezago, sin_dato, sin_meta; null below the total.",
            nullable=True,
        ),
        column(
            "late",
            sa.BigInteger,
            "Of n: rows of earlier, closed quarters or editions («resultado extemporáneo»).",
            server_default=sa.text("0"),
        ),
        column("added", sa.Numeric, "What this quarter adds; null where quarters can't be added up.", nullable=True),
        column(
            "adjustment",
            sa.Numeric,
            "Accumulated less what earlier quarters officially said less added («ajuste a trimestres anteriores»).",
            nullable=True,
        ),
        column("accumulated", sa.Numeric, "Since the project began, as known now.", nullable=True),
    )


def _place() -> tuple[sa.Column[Any], ...]:
    return (
        column("disaggregation", sa.Text, "Breakdown; `total` for the whole; `a×b` crossed.", primary_key=True),
        column("category", sa.Text, "Category; `total` for the whole.", primary_key=True),
    )


computation = table(
    "results", "computation", "One row per computation of a quarter: what was known and which definitions held.",
    column("computation_id", sa.BigInteger, "Number.", primary_key=True, autoincrement=True),
    column("period", sa.Text, "Quarter."),
    column("computed_at", INSTANT, "When."),
    column("known_at", INSTANT, "System time of the newest merge it knew."),
    column("pins", JSONB, "Source -> last merged batch: what was known."),
    column("base", JSONB, "Closed quarter -> candidate_id of its vintage in force: what was officially said.", server_default=sa.text("'{}'")),
    column("definitions", sa.Text, "sha256 of the definitions, limits and evidence statements used."),
    column("current", sa.Boolean, "True = the newest of its quarter."),
)  # fmt: skip
sa.Index("computation_current", computation.c.period, unique=True, postgresql_where=sa.text("current"))

indicator_value = table(
    "results", "indicator_value", "One row per computation, indicator, line, breakdown and category: one cell of a quarter.",
    column("computation_id", sa.BigInteger, "Computation.", primary_key=True, autoincrement=False),
    column("indicator", sa.Text, "Indicator.", primary_key=True),
    column("official", sa.Boolean, "True = official line; false = reconciliation.", primary_key=True),
    *_place(),
    column("period", sa.Text, "Quarter."),
    *_cell(),
)  # fmt: skip

span_value = table(
    "results", "span_value", "One row per computation, indicator, span wider than the quarter, breakdown and category: one cell of the official line.",
    column("computation_id", sa.BigInteger, "Computation.", primary_key=True, autoincrement=False),
    column("indicator", sa.Text, "Indicator.", primary_key=True),
    column("covers", sa.Text, "Span up to the quarter: 2020-H1, 2020, FY2020, or project.", primary_key=True),
    *_place(),
    column("period", sa.Text, "Quarter up to which it is told."),
    *_cell(),
)  # fmt: skip

kept_line = table(
    "ops", "kept_line",
    "One row per line of an indicator as it was last worked out: its cells at the pins, to which a computation adds what "
    "people changed since. Working memory: it may be emptied at any time, and no candidate is made of it.",
    column("line", sa.Text, "Digest of the statements, parameters and closed quarters that the line is made by.", primary_key=True),
    column("instants", JSONB, "Source -> system time up to which it was known: the pins."),
    column("content", JSONB, "Cells per quarter, persons per set of quarters, rows that came late per closed quarter."),
)  # fmt: skip

candidate = table(
    "results", "candidate", "One row per candidate: the figures of a quarter as they were proposed; approved, it is a vintage.",
    column("candidate_id", sa.BigInteger, "Number.", primary_key=True, autoincrement=True),
    column("period", sa.Text, "Quarter."),
    column("kind", sa.Text, "close, restatement (a published quarter anew) or inherited (figures of before Trimestre)."),
    column("state", sa.Text, "pending, returned, void (a newer one took its place) or vintage (approved)."),
    column("vintage", sa.BigInteger, "Number of the official version in its quarter, from 1; null = not approved.", nullable=True),
    column("report_state", sa.Text, "borrador, enviada, con_observaciones (of the donor) or aceptada."),
    column("hash", sa.Text, "sha256 of values, definitions and evidence rows: no keys of people, times of running or code version."),
    column("pins", JSONB, "Source -> last merged batch: what was known."),
    column("base", JSONB, "Closed quarter -> candidate_id of its vintage in force: what was officially said."),
    column("known_at", INSTANT, "System time of the newest merge it knew; a label."),
    column("definitions", JSONB, "What values depend on beside data: indicators (code -> whole definition), framework, surveys, periods."),
    column("contract", sa.Text, "Digest in restricted.contract: all YAML files of the project; null for inherited figures.", nullable=True),
    column("forced", sa.Boolean, "Whether it was written before the quarter's limits."),
    column("reason", sa.Text, "Why it was forced or restated; where figures of before come from.", nullable=True),
    column("findings", JSONB, "What the coherence checks found: [{indicator, check, severity, …}]."),
    column("explanations", JSONB, "Indicator -> {text, by, at}: deviations as people explained them."),
    column("project_status", JSONB, "{proposed, decided, reason, by}: achieved, on_track or off_track."),
    column("prepared_by", sa.Text, "Who prepared it."),
    column("prepared_at", INSTANT, "When."),
    column("decided_by", sa.Text, "Who approved it or sent it back.", nullable=True),
    column("decided_at", INSTANT, "When.", nullable=True),
    column("comment", sa.Text, "What they said.", nullable=True),
    sa.CheckConstraint("state IN ('pending', 'returned', 'void', 'vintage')", name="candidate_state"),
    sa.CheckConstraint("kind IN ('close', 'restatement', 'inherited')", name="candidate_kind"),
    sa.CheckConstraint("report_state IN ('borrador', 'enviada', 'con_observaciones', 'aceptada')", name="candidate_report_state"),
    sa.CheckConstraint("(state = 'vintage') = (vintage IS NOT NULL)", name="candidate_vintage"),
    sa.CheckConstraint("decided_by <> prepared_by", name="candidate_two_people"),
)  # fmt: skip
sa.Index("candidate_vintage_number", candidate.c.period, candidate.c.vintage, unique=True)
sa.Index("candidate_pending", candidate.c.period, unique=True, postgresql_where=sa.text("state = 'pending'"))

candidate_value = table(
    "results", "candidate_value", "One row per candidate, indicator, line, span, breakdown and category: one cell.",
    column("candidate_id", sa.BigInteger, "Candidate.", primary_key=True, autoincrement=False),
    column("indicator", sa.Text, "Indicator.", primary_key=True),
    column("official", sa.Boolean, "True = official line; false = reconciliation.", primary_key=True),
    column("covers", sa.Text, "The quarter itself, or a wider span up to it: 2020-H1, 2020, FY2020, or project.", primary_key=True),
    *_place(),
    column("period", sa.Text, "Quarter."),
    *_cell(),
)  # fmt: skip

evidence_set = table(
    "results", "evidence_set", "One row per candidate, indicator and line: which rows stand behind its values.",
    column("candidate_id", sa.BigInteger, "Candidate.", primary_key=True, autoincrement=False),
    column("indicator", sa.Text, "Indicator.", primary_key=True),
    column("official", sa.Boolean, "True = official line; false = reconciliation.", primary_key=True),
    column("attribution", sa.Text, "event or edition."),
    column("set_id", sa.BigInteger, "Rows in results.evidence; indicators with the same evidence share them."),
    column("first_period", sa.Text, "Rows from this quarter on count for the quarter's value; empty = since ever."),
    column("last_period", sa.Text, "Rows up to this quarter."),
    column("definition_version", sa.Integer, "Version of the definition."),
    column("method", sa.Text, "Digest of the method of the definition."),
)  # fmt: skip
sa.Index("evidence_set_rows", evidence_set.c.set_id)

evidence_set_id = sa.Sequence("evidence_set_id", metadata=evidence_set.metadata, schema="results")

evidence = table(
    "results", "evidence", "One row per set and row of evidence up to the quarter, counted or excluded, pseudonymous.",
    column("set_id", sa.BigInteger, "Set.", primary_key=True, autoincrement=False),
    column("row_no", sa.BigInteger, "Number in the set.", primary_key=True, autoincrement=False),
    column("evidence_key", sa.Text, "What it is a row of; `*` in place of its account."),
    column("thing", sa.Text, "What is counted once a person: edition, event, survey, module; a typed figure's key."),
    column("account_key", sa.Uuid, "Account; null = nobody's.", nullable=True),
    column("person_key", sa.Uuid, "Person at the time; null = nobody's.", nullable=True),
    column("period", sa.Text, "Quarter that it counts in.", nullable=True),
    column("late", sa.Boolean, "Whether it is of an earlier quarter or edition that was closed («resultado extemporáneo»)."),
    column("at", INSTANT, "Instant.", nullable=True),
    column("at_estimated", sa.Boolean, "Whether the instant is estimated."),
    column("course", sa.Text, "Course.", nullable=True),
    column("edition", sa.Text, "Edition.", nullable=True),
    column("event", sa.Text, "Event.", nullable=True),
    column("survey", sa.Text, "Survey.", nullable=True),
    column("module", sa.Text, "Module.", nullable=True),
    column("source", sa.Text, "Source."),
    column("value", sa.Numeric, "Value, of what has one.", nullable=True),
    column("hit", sa.Boolean, "Whether it counts in the numerator, of what has one.", nullable=True),
    column("excluded", sa.Text, "Why it does not count; null = counted.", nullable=True),
    column("sex", sa.Text, "Sex.", nullable=True),
    column("institution", sa.Text, "Institution.", nullable=True),
    column("state", sa.Text, "State, INEGI key.", nullable=True),
    column("organisation_type", sa.Text, "Type of organisation.", nullable=True),
    column("batch_id", sa.BigInteger, "Batch.", nullable=True),
    column("landed_file_id", sa.BigInteger, "Landed file.", nullable=True),
    column("position", sa.Text, "Position in it.", nullable=True),
    column("document", sa.Text, "Of a figure of before: the document that published it, as it was typed.", nullable=True),
)  # fmt: skip
sa.Index("evidence_thing", evidence.c.set_id, evidence.c.thing)

drift = table(
    "results", "drift", "One row per vintage in force, indicator and reason: by how much today's official total differs from the published one.",
    column("candidate_id", sa.BigInteger, "Vintage.", primary_key=True, autoincrement=False),
    column("indicator", sa.Text, "Indicator.", primary_key=True),
    column("reason", sa.Text, "late_row, correction, merge, split, withdrawal, vanished, definition or other.", primary_key=True),
    column("period", sa.Text, "Quarter."),
    column("published", sa.Numeric, "Published value of the total.", nullable=True),
    column("now", sa.Numeric, "Value as known and defined today.", nullable=True),
    column("amount", sa.Numeric, "Part of the difference that this reason makes; all reasons add up to it.", nullable=True),
    column("rows", sa.BigInteger, "Rows of evidence that came, went or changed."),
    column("seen_at", INSTANT, "When it was last compared."),
)  # fmt: skip

drift_row = table(
    "results", "drift_row", "One row per vintage in force, indicator and row of evidence that came, went or changed since.",
    column("candidate_id", sa.BigInteger, "Vintage.", primary_key=True, autoincrement=False),
    column("indicator", sa.Text, "Indicator.", primary_key=True),
    column("row_no", sa.BigInteger, "Number.", primary_key=True, autoincrement=False),
    column("reason", sa.Text, "Why, as in results.drift."),
    column("movement", sa.Text, "came, went or changed."),
    column("evidence_key", sa.Text, "What it is a row of; `*` in place of its account."),
    column("account_key", sa.Uuid, "Account; null = nobody's.", nullable=True),
    column("before", JSONB, "What of it was published: value, hit, excluded, categories.", nullable=True),
    column("after", JSONB, "What of it holds today.", nullable=True),
    column("batch_id", sa.BigInteger, "Batch that brought what holds today.", nullable=True),
    column("landed_file_id", sa.BigInteger, "Landed file.", nullable=True),
    column("position", sa.Text, "Position in it.", nullable=True),
)  # fmt: skip
