"""Every table of the warehouse as SQLAlchemy metadata, each table and column with its comment (grain first).

Versioned tables hold history in system time: ``valid_from`` <= instant < ``valid_to`` (``infinity`` = current), one
current version a key, since ``valid_to`` is part of the primary key. ``row_hash`` covers the declared columns only; ``dataset, scope,
record_id, stale`` are bookkeeping of the current version and no part of the history.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from trimestre.warehouse.entities import ENTITIES, Entity

metadata = sa.MetaData()
SCHEMAS = {
    "ops": "What ran and what was decided: batches, landed files, door, rule results, accounting, decisions.",
    "staging": "Rows of batches in work, with personal data; emptied after the merge.",
    "quarantine": "Rows held back, with the rule that failed; personal data.",
    "restricted": "Who is who: names, e-mails, legal ids; read by pipeline and privacy roles only.",
    "warehouse": "Dimensions and facts with their history, pseudonymous.",
    "results": "Indicator values, evidence, candidates and vintages.",
    "marts": "Stable tables for analysts.",
}
INSTANT = sa.TIMESTAMP(timezone=True)


def column(name: str, kind: Any, comment: str, **options: Any) -> sa.Column[Any]:
    """A column; NOT NULL unless ``nullable=True`` is said."""
    options.setdefault("nullable", False)
    return sa.Column(name, kind, comment=comment, **options)


def table(schema: str, name: str, comment: str, *parts: Any, **options: Any) -> sa.Table:
    """A table with its comment."""
    return sa.Table(name, metadata, *parts, schema=schema, comment=comment, **options)


# ---------------------------------------------------------------- ops
batch = table(
    "ops", "batch", "One row per batch: one run of one source.",
    column("batch_id", sa.BigInteger, "Number of the batch; rises with time.", primary_key=True, autoincrement=True),
    column("source", sa.Text, "Source that ran."),
    column("state", sa.Text, "landing, landed, staged, validated, merged, empty, rejected, abandoned or withdrawn."),
    column("started_at", INSTANT, "When the run began."),
    column("landed_at", INSTANT, "When the last file was landed.", nullable=True),
    column("merged_at", INSTANT, "System time of the merge: valid_from of its versions; strictly rising.", nullable=True),
    column("fingerprint", sa.Text, "Contract fingerprint its records were hashed with.", nullable=True),
    column("quarters", ARRAY(sa.Text), "Quarters whose figures it may move.", nullable=True),
    column("message", sa.Text, "Why it was rejected or found empty, without personal data.", nullable=True),
    column("withdraws", sa.BigInteger, "Batch that this one undoes by later versions; it has no landed files.", nullable=True),
    column("replayed_at", INSTANT, "When its versions were last made anew from its landed files.", nullable=True),
)  # fmt: skip
sa.Index("batch_source_state", batch.c.source, batch.c.state)
sa.Index("batch_merged_at", batch.c.merged_at, unique=True)

landed_file = table(
    "ops", "landed_file", "One row per landed file: one stored raw file, never changed.",
    column("landed_file_id", sa.BigInteger, "Number of the file.", primary_key=True, autoincrement=True),
    column("batch_id", sa.BigInteger, "Batch it was landed by."),
    column("source", sa.Text, "Source it came from."),
    column("dataset", sa.Text, "Dataset it belongs to."),
    column("scope", sa.Text, "Scope it is a snapshot of; empty when its records say so."),
    column("path", sa.Text, "Path below the landing folder."),
    column("sha256", sa.Text, "sha256 of the content as received."),
    column("bytes", sa.BigInteger, "Length of the content as received."),
    column("original_name", sa.Text, "Name it arrived under; empty for answers of an API."),
    column("dropped", ARRAY(sa.Text), "Fields removed before writing."),
    column("removed_at", INSTANT, "When retention removed the file; null = it is there.", nullable=True),
)  # fmt: skip
sa.Index("landed_file_source_sha256", landed_file.c.source, landed_file.c.sha256)

left_out = table(
    "ops", "left_out", "One row per batch, dataset and file that was in the drop folder and could not be brought over.",
    column("batch_id", sa.BigInteger, "Batch; what it brought of the scope is no complete snapshot.", primary_key=True, autoincrement=False),
    column("dataset", sa.Text, "Dataset that it belongs to.", primary_key=True),
    column("scope", sa.Text, "Scope of that dataset."),
    column("original_name", sa.Text, "Its name.", primary_key=True),
    column("reason", sa.Text, "unreadable, or changing (somebody seemed to be writing it)."),
)  # fmt: skip

scope_delivery = table(
    "ops", "scope_delivery", "One row per batch, dataset and scope: what arrived, and whether it was all.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("dataset", sa.Text, "Dataset.", primary_key=True),
    column("scope", sa.Text, "Scope.", primary_key=True),
    column("complete", sa.Boolean, "True = a complete snapshot: what is missing has vanished."),
    column("records", sa.BigInteger, "Different records delivered (incomplete: and remembered); the next batch's floor is a share of it."),
    column("held_back", sa.BigInteger, "Of them not remembered, since a row of theirs is held back.", server_default=sa.text("0")),
)  # fmt: skip

record_seen = table(
    "ops", "record_seen", "One row per record remembered at the door: an equal one goes no further.",
    column("record_id", sa.BigInteger, "Number of the record.", primary_key=True, autoincrement=False),
    column("source", sa.Text, "Source."),
    column("dataset", sa.Text, "Dataset."),
    column("scope", sa.Text, "Scope."),
    column("record_hash", sa.LargeBinary, "sha256(contract fingerprint, header, record)."),
    # compared as it stands: what is told apart in vain by the order of its names is added up later
    column("row_counts", sa.Text, "Rows it gave per entity, as JSON: they count as unchanged while it stays equal."),
    column("batch_id", sa.BigInteger, "Batch that merged it."),
    sa.UniqueConstraint("source", "dataset", "scope", "record_hash", name="record_seen_hash"),
)  # fmt: skip

record_id = sa.Sequence("record_id", metadata=metadata, schema="ops")

row_owner = table(
    "ops", "row_owner", "One row per further record that gives a row which another record owns already.",
    column("record_id", sa.BigInteger, "The further record.", primary_key=True, autoincrement=False),
    column("entity", sa.Text, "Entity of the row.", primary_key=True),
    column("key_hash", sa.LargeBinary, "sha256 of the row's natural key.", primary_key=True),
)  # fmt: skip
sa.Index("row_owner_key", row_owner.c.entity, row_owner.c.key_hash)

rule_result = table(
    "ops", "rule_result", "One row per batch, entity and rule: how many staged rows were judged and failed.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("entity", sa.Text, "Entity judged.", primary_key=True),
    column("rule", sa.Text, "Rule.", primary_key=True),
    column("severity", sa.Text, "critical or warning."),
    column("checked", sa.BigInteger, "Staged rows judged."),
    column("failed", sa.BigInteger, "Rows that failed."),
)  # fmt: skip

record_account = table(
    "ops", "record_account", "One row per batch and dataset: landed = blank + repeated + unchanged + parsed, in records.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("dataset", sa.Text, "Dataset.", primary_key=True),
    column("landed", sa.BigInteger, "Records landed."),
    column("blank", sa.BigInteger, "Records without any content."),
    column("repeated", sa.BigInteger, "Records equal to an earlier one of the batch."),
    column("unchanged", sa.BigInteger, "Records equal to one seen in an earlier batch."),
    column("parsed", sa.BigInteger, "Records that were staged (or found unreadable)."),
    sa.CheckConstraint("landed = blank + repeated + unchanged + parsed", name="records_add_up"),
)  # fmt: skip

row_account = table(
    "ops", "row_account",
    "One row per batch and entity: landed = merged + unchanged + quarantined + repeated + out_of_scope, in rows; "
    "current_after = current_before + new + returned - vanished.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("entity", sa.Text, "Entity.", primary_key=True),
    column("landed", sa.BigInteger, "Rows staged, and rows of the records that were unchanged at the door."),
    column("merged", sa.BigInteger, "Rows that became a new version."),
    column("unchanged", sa.BigInteger, "Rows equal to the current version, and rows of unchanged records."),
    column("quarantined", sa.BigInteger, "Rows held back by a critical rule."),
    column("repeated", sa.BigInteger, "Rows equal to another row of the batch with the same key."),
    column("out_of_scope", sa.BigInteger, "Rows of things the project does not count."),
    column("new", sa.BigInteger, "Keys never seen before."),
    column("changed", sa.BigInteger, "Keys whose declared columns changed."),
    column("returned", sa.BigInteger, "Keys that had vanished and are back."),
    column("vanished", sa.BigInteger, "Keys that a complete scope no longer holds."),
    column("current_before", sa.BigInteger, "Current, not vanished versions of the source before the merge."),
    column("current_after", sa.BigInteger, "The same after the merge: before, and what the statements opened and closed; or counted anew."),
    sa.CheckConstraint(
        "landed = merged + unchanged + quarantined + repeated + out_of_scope", name="rows_add_up"
    ),
    sa.CheckConstraint("merged = new + changed + returned", name="merged_adds_up"),
    sa.CheckConstraint("current_after = current_before + new + returned - vanished", name="history_adds_up"),
)  # fmt: skip

decision = table(
    "ops", "decision", "One row per decision of a person, honoured by every replay.",
    column("decision_id", sa.BigInteger, "Number.", primary_key=True, autoincrement=True),
    column("kind", sa.Text, "accept_row, correct_row, merge_persons, split_persons, different_persons, revoke, withdraw_batch, accept_shrink, erase_person, rotate_key, explain, project_status, …"),
    column("subject", JSONB, "What it is about: keys and numbers, no personal data."),
    column("reason", sa.Text, "Why."),
    column("decided_by", sa.Text, "Who."),
    column("decided_at", INSTANT, "When."),
)  # fmt: skip

rule = table(
    "ops", "rule", "One row per entity and rule: what it checks, in the words that a specialist reads.",
    column("entity", sa.Text, "Entity; `*` = every entity.", primary_key=True),
    column("rule", sa.Text, "Rule.", primary_key=True),
    column("severity", sa.Text, "critical or warning."),
    column("acceptable", sa.Boolean, "Whether a person may accept a row that fails it."),
    column("what", sa.Text, "Qué se revisa."),
    column("why", sa.Text, "Por qué importa."),
    column("how_to_fix", sa.Text, "Cómo se corrige."),
)  # fmt: skip

retained_count = table(
    "ops", "retained_count", "One row per source, dataset, entity, rule and state: how many rows are or were held back.",
    column("source", sa.Text, "Source.", primary_key=True),
    column("dataset", sa.Text, "Dataset.", primary_key=True),
    column("entity", sa.Text, "Entity.", primary_key=True),
    column("rule", sa.Text, "Rule that failed.", primary_key=True),
    column("state", sa.Text, "open, mended_at_source, corrected or accepted.", primary_key=True),
    column("rows", sa.BigInteger, "Rows."),
)  # fmt: skip

look = table(
    "ops", "look", "One row per look at personal data: who saw what, when and why; never the data.",
    column("look_id", sa.BigInteger, "Number.", primary_key=True, autoincrement=True),
    column("looked_at", INSTANT, "When."),
    column("looked_by", sa.Text, "Who: the database's log-in, or the person a command or page acts for."),
    column("kind", sa.Text, "retained, possible_pair, verification_sample or person."),
    column("subject", JSONB, "What was looked at: keys and numbers, no personal data."),
    column("reason", sa.Text, "Why."),
    column("rows", sa.BigInteger, "Rows shown."),
)  # fmt: skip

setting = table(
    "ops", "setting", "One row per thing the warehouse remembers about how it was last worked on.",
    column("setting", sa.Text, "Name, such as identity_contract.", primary_key=True),
    column("value", sa.Text, "Value."),
)  # fmt: skip

notice = table(
    "ops", "notice", "One row per incident: something that people are told of when it begins and when it is over.",
    column("notice_id", sa.BigInteger, "Number.", primary_key=True, autoincrement=True),
    column("kind", sa.Text, "What is wrong: run_failed, source_late, disk_full, …"),
    column("subject", sa.Text, "What it is about, such as source:eventos: one incident of a subject is told at a time."),
    column("details", JSONB, "What its sentences name: numbers, codes and names of sources; nobody's data."),
    column("first_seen_at", INSTANT, "When it was first seen."),
    column("opened_at", INSTANT, "When it had lasted long enough to be told; null = not yet.", nullable=True),
    column("recovered_at", INSTANT, "When it was over; null = it is not.", nullable=True),
    column("superseded", sa.Boolean, "Whether another incident of the subject took its place: its end is not told.", server_default=sa.text("FALSE")),
)  # fmt: skip
sa.Index("notice_open", notice.c.kind, notice.c.subject, unique=True, postgresql_where=sa.text("recovered_at IS NULL"))

notice_told = table(
    "ops", "notice_told", "One row per incident, event and channel: that it was told there.",
    column("notice_id", sa.BigInteger, "Incident.", primary_key=True, autoincrement=False),
    column("event", sa.Text, "opened or recovered.", primary_key=True),
    column("channel", sa.Text, "email, or webhook: and its connection.", primary_key=True),
    column("told_at", INSTANT, "When."),
)  # fmt: skip

watch = table(
    "ops", "watch", "One row per thing to be done again and again: when it last was. Not in `setting`: what is there moves the marts.",
    column("look", sa.Text, "everything (a look at what is watched), or backup.", primary_key=True),
    column("looked_at", INSTANT, "When."),
)  # fmt: skip

# ---------------------------------------------------------------- staging
# Rows are gone soon after they came, and whoever wrote many tells the planner: autovacuum would read and write all of
# them for nobody, and hold the tables against being emptied as a whole. What is left by rows that went is its own.
SHORT_LIVED: dict[str, Any] = {
    "prefixes": ["UNLOGGED"],
    "postgresql_with": {"autovacuum_vacuum_insert_threshold": -1, "autovacuum_analyze_threshold": 2_147_483_647},
}

staged_record = table(
    "staging", "record", "One row per record of a batch at the door that is not unchanged.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("landed_file_id", sa.BigInteger, "Landed file."),
    column("dataset", sa.Text, "Dataset."),
    column("scope", sa.Text, "Scope."),
    column("position", sa.Text, "1-based record ordinal, or ordinal of the answer and JSON pointer in it."),
    column("record_no", sa.BigInteger, "Number of the record in the batch: from 1 in its first part, a billion further on in each next one.", primary_key=True, autoincrement=False),
    column("record_hash", sa.LargeBinary, "sha256(contract fingerprint, header, record); null = blank.", nullable=True),
    column("record_id", sa.BigInteger, "Its number once remembered; null = it is not.", nullable=True),
    column("status", sa.Text, "blank, repeated or parsed."),
    column("unreadable", sa.Text, "Why no rows could be made of it, without its content.", nullable=True),
    column("content_hash", sa.LargeBinary, "sha256 of an unreadable record, whatever the contract; null = readable.", nullable=True),
    **SHORT_LIVED,
)  # fmt: skip

staged_unchanged = table(
    "staging", "unchanged",
    "One row per piece of a landed file that was judged at once, and what records of it gave: the unchanged ones.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("record_no", sa.BigInteger, "Number in the batch of the first record of the piece."),
    column("dataset", sa.Text, "Dataset."),
    column("scope", sa.Text, "Scope."),
    column("row_counts", sa.Text, "Rows per entity that each of the records gave when it was read, as JSON."),
    column("record_ids", sa.ARRAY(sa.BigInteger), "The remembered records that they equal."),
    column("repeated", sa.BigInteger, "Records that were among them until an earlier part was found to bring them, too."),
    **SHORT_LIVED,
)  # fmt: skip

record_rows = table(
    "staging", "record_rows", "One row per parsed record of a batch: how many rows it gave per entity.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("record_no", sa.BigInteger, "Record."),
    column("row_counts", sa.Text, "Rows per entity, as JSON."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("record_rows_no", record_rows.c.batch_id, record_rows.c.record_no)

staged_part = table(
    "staging", "part", "One row per part of a batch, of one or more of its landed files, that went through the door.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("part", sa.BigInteger, "Number of the part in the batch, from 0.", primary_key=True, autoincrement=False),
    column("landed", sa.BigInteger, "Records that it brought, blank ones included."),
    **SHORT_LIVED,
)  # fmt: skip

failed_row = table(
    "staging", "failed_row", "One row per staged row and rule that it failed.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("entity", sa.Text, "Entity."),
    column("staged_id", sa.BigInteger, "Staged row; for the entity `record` its record_no."),
    column("rule", sa.Text, "Rule that failed."),
    column("severity", sa.Text, "critical, warning, or accepted: a person accepted it for rows of this content, should it fail."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("failed_row_entity", failed_row.c.batch_id, failed_row.c.entity, failed_row.c.staged_id)

suspect = table(
    "staging", "suspect", "One row per staged row that a rule may fail: what Great Expectations is shown.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("entity", sa.Text, "Entity."),
    column("staged_id", sa.BigInteger, "Staged row."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("suspect_entity", suspect.c.batch_id, suspect.c.entity, suspect.c.staged_id)

same_key = table(
    "staging", "same_key", "One row per staged row whose natural key other rows of its batch have as well.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("entity", sa.Text, "Entity."),
    column("staged_id", sa.BigInteger, "Staged row."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("same_key_entity", same_key.c.batch_id, same_key.c.entity, same_key.c.staged_id)


def staging_table(entity: Entity) -> sa.Table:
    """The staging table of an entity: position, account and its fields as normalised text."""
    account = (
        [
            column("account_ref", sa.Text, "Local id of the account at the source, else its normalised e-mail.", nullable=True),
            column("account_key", sa.Uuid, "HMAC of source and account_ref; set by the stage step.", nullable=True),
        ]
        if entity.has_account
        else []
    )  # fmt: skip
    staged = table(
        "staging", entity.name, f"One row per staged row of the entity {entity.name}, as normalised text.",
        column("staged_id", sa.BigInteger, "Number of the staged row.", primary_key=True, autoincrement=True),
        column("batch_id", sa.BigInteger, "Batch."),
        column("record_no", sa.BigInteger, "Record of the batch it was made of."),
        column("out_of_scope", sa.Text, "Why the project does not count it; null = in scope.", nullable=True),
        *account,
        *(column(name, sa.Text, f"Field {name} as delivered, normalised to text.", nullable=True) for name in entity.fields),
        **SHORT_LIVED,
    )  # fmt: skip
    # Rows come batch by batch: a summary of each stretch of the table finds them, and costs nothing to keep.
    sa.Index(f"staging_{entity.name}_batch", staged.c.batch_id, postgresql_using="brin")
    return staged


STAGING = {entity.name: staging_table(entity) for entity in ENTITIES.values()}

# ---------------------------------------------------------------- quarantine
quarantined_row = table(
    "quarantine", "row", "One row per source, scope, entity, staged content and critical rule: a row held back.",
    column("source", sa.Text, "Source.", primary_key=True),
    column("dataset", sa.Text, "Dataset.", primary_key=True),
    column("scope", sa.Text, "Scope.", primary_key=True),
    column("entity", sa.Text, "Entity; `record` when nothing could be read of it.", primary_key=True),
    column("record_hash", sa.LargeBinary, "Hash of its record when it was last at the door."),
    column("row_hash", sa.LargeBinary, "sha256 of the staged fields without account_key; of an unreadable record that of its content.", primary_key=True),
    column("rule", sa.Text, "Rule that failed.", primary_key=True),
    column("fields", JSONB, "The staged fields as they came (personal data)."),
    column("landed_file_id", sa.BigInteger, "Landed file it was last found in."),
    column("position", sa.Text, "Position there."),
    column("first_batch_id", sa.BigInteger, "Batch that held it back first."),
    column("last_batch_id", sa.BigInteger, "Batch that held it back last."),
    column("state", sa.Text, "open, mended_at_source, corrected or accepted."),
    column("retained_id", sa.BigInteger, "Number by which people name it.", server_default=sa.text("nextval('quarantine.retained_id')")),
    column("decision_id", sa.BigInteger, "Decision that corrected or accepted it.", nullable=True),
)  # fmt: skip
retained_id = sa.Sequence("retained_id", metadata=metadata, schema="quarantine")
sa.Index("row_retained_id", quarantined_row.c.retained_id, unique=True)

correction = table(
    "quarantine", "correction", "One row per decision and field: what a person wrote in its place (personal data).",
    column("decision_id", sa.BigInteger, "Decision.", primary_key=True, autoincrement=False),
    column("field", sa.Text, "Staged field.", primary_key=True),
    column("value", sa.Text, "Value it gets; null = empty.", nullable=True),
)  # fmt: skip

# ---------------------------------------------------------------- restricted
account_ref = table(
    "restricted", "account_ref", "One row per account: what its account_key is made of (personal data).",
    column("account_key", sa.Uuid, "Account.", primary_key=True),
    column("source", sa.Text, "Source."),
    column("account_ref", sa.Text, "Local id at the source, else its normalised e-mail."),
)  # fmt: skip
tombstone = table(
    "restricted", "tombstone", "One row per erased account: what a source says of it is staged without personal fields.",
    column("account_key", sa.Uuid, "Account, as it stands in the facts for good.", primary_key=True),
    column("source", sa.Text, "Source."),
    column("key_mark", sa.Text, "Mark of the key that account_key was made with; needed after a rotation."),
    column("decision_id", sa.BigInteger, "Decision to erase."),
)  # fmt: skip


# ---------------------------------------------------------------- history
def versioned(
    schema: str, name: str, comment: str, key: tuple[sa.Column[Any], ...], *declared: sa.Column[Any]
) -> sa.Table:
    """A versioned table: natural key, declared columns, validity and where the version came from."""
    keys = [item.name for item in key]
    built = table(
        schema, name, comment, *key, *declared,
        column("valid_from", INSTANT, "System time from which this version holds."),
        column("valid_to", INSTANT, "System time until which it holds (exclusive); infinity = current."),
        column("vanished_at", INSTANT, "When the source stopped delivering it; null = present.", nullable=True),
        column("row_hash", sa.LargeBinary, "Hash of the declared columns: equal where they say the same."),
        column("batch_id", sa.BigInteger, "Batch that wrote the version."),
        column("landed_file_id", sa.BigInteger, "Landed file the version came from.", nullable=True),
        column("position", sa.Text, "Position there.", nullable=True),
        column("dataset", sa.Text, "Dataset that delivers the row now (bookkeeping)."),
        column("scope", sa.Text, "Scope that delivers the row now (bookkeeping)."),
        column("record_id", sa.BigInteger, "Remembered record that gives the row now (bookkeeping).", nullable=True),
        column("stale", sa.Boolean, "True = its newest row is held back; this is the last good version."),
        # One index for both: of a key one version is current, and its versions are found. That no two begin together
        # follows: a version begins as the current one, and ends later than it began.
        sa.PrimaryKeyConstraint(*keys, "valid_to", name=f"{name}_pk"),
        sa.CheckConstraint("valid_from < valid_to", name=f"{name}_holds"),
    )  # fmt: skip
    if name in ENTITIES:  # what is derived is given by no record
        sa.Index(f"{name}_record", built.c.record_id, postgresql_where=sa.text("valid_to = 'infinity'"))
    sa.Index(f"{name}_batch", built.c.batch_id, postgresql_using="brin")
    # What began or ended since an instant is found by its number, not by the size of the history.
    sa.Index(f"{name}_from", built.c.valid_from)
    sa.Index(f"{name}_until", built.c.valid_to, postgresql_where=sa.text("valid_to < 'infinity'"))
    return built


def _account() -> sa.Column[Any]:
    return column("account_key", sa.Uuid, "Account: HMAC-SHA-256 of source and local id, first 128 bits.")


def _source() -> sa.Column[Any]:
    return column("source", sa.Text, "Source that delivers it.")


def _edition() -> sa.Column[Any]:
    return column("edition", sa.Text, "Course edition.")


period = versioned(
    "warehouse", "period", "One version of one quarter of the project.",
    (_source(), column("period", sa.Text, "Quarter, such as 2020-Q2.")),
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
    (_source(), column("state", sa.Text, "INEGI key of two digits, as text.")),
    column("name", sa.Text, "Name."),
    column("short_name", sa.Text, "Short name for tables and charts.", nullable=True),
)  # fmt: skip
institution = versioned(
    "warehouse", "institution", "One version of one institution of the reviewed list.",
    (_source(), column("institution", sa.Text, "Code.")),
    column("name", sa.Text, "Name."),
    column("order_of_government", sa.Text, "FEDERAL, ESTATAL, MUNICIPAL_ALCALDIA or OTRO.", nullable=True),
    column("state", sa.Text, "State it belongs to, INEGI key as text; null = none or the whole country.", nullable=True),
)  # fmt: skip
alias = versioned(
    "warehouse", "alias", "One version of one reviewed name by which sources call an institution, a state or a course.",
    (
        _source(),
        column("kind", sa.Text, "institution, state or course."),
        column("alias", sa.Text, "The name as warehouse.comparable() has it: upper case, letters and digits, no accents."),
    ),
    column("code", sa.Text, "Code of what it names."),
)  # fmt: skip
edition_course = versioned(
    "warehouse", "edition_course", "One version of one source course that carries an edition or a part of it.",
    (
        _source(),
        _edition(),
        column("delivered_by", sa.Text, "Source that delivers it."),
        column("source_course", sa.Text, "How that source names the course."),
    ),
    column("activities", JSONB, "Module code, or `certificate` -> activity of the source that stands for it."),
)  # fmt: skip
milestone = versioned(
    "warehouse", "milestone", "One version of one stage of a milestone indicator.",
    (
        _source(),
        column("indicator", sa.Text, "Indicator."),
        column("stage", sa.Text, "Number of the stage, from 0 on."),
    ),
    column("name", sa.Text, "Name of the stage."),
)  # fmt: skip
course = versioned(
    "warehouse", "course", "One version of one course: a syllabus.",
    (_source(), column("course", sa.Text, "Code of the course.")),
    column("name", sa.Text, "Name."),
    column("aliases", sa.Text, "Other names, separated by ' | '.", nullable=True),
    column("line", sa.Text, "Line of action."),
)  # fmt: skip
course_edition = versioned(
    "warehouse", "course_edition", "One version of one course edition: a dated run of a course.",
    (_source(), _edition()),
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
    (_source(), column("course", sa.Text, "Course."), column("module", sa.Text, "Code of the module.")),
    column("name", sa.Text, "Name."),
    column("ordinal", sa.Integer, "Order in the course, from 1."),
)  # fmt: skip
event = versioned(
    "warehouse", "event", "One version of one event: a dated meeting.",
    (_source(), column("event", sa.Text, "Code of the event.")),
    column("name", sa.Text, "Name."),
    column("held_on", sa.Date, "Local day."),
    column("line", sa.Text, "Line of action."),
    column("starts_at", INSTANT, "Scheduled start; null = presence is not measured.", nullable=True),
    column("ends_at", INSTANT, "Scheduled end (exclusive).", nullable=True),
    column("minimum_percent", sa.Numeric, "Share of the scheduled time, in percent, from which somebody attended; null = being on the list is enough.", nullable=True),
)  # fmt: skip
survey = versioned(
    "warehouse", "survey", "One version of one survey: a questionnaire.",
    (_source(), column("survey", sa.Text, "Code of the survey.")),
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
    (_source(), column("indicator", sa.Text, "Code of the indicator.")),
    column("version", sa.Integer, "Version of the definition."),
    column("definition", JSONB, "The whole definition."),
)  # fmt: skip
question = versioned(
    "warehouse", "question", "One version of one question or sub-question of a survey.",
    (
        _source(),
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
        _source(),
        column("survey", sa.Text, "Survey."),
        column("question", sa.Text, "Code of the question."),
        column("code", sa.Text, "Code of the option."),
    ),
    column("label", sa.Text, "Label in the survey's base language.", nullable=True),
    column("labels", JSONB, "Language -> label; null = only the base language.", nullable=True),
    column("score", sa.Numeric, "Score; null = not scored.", nullable=True),
    column("ordinal", sa.Integer, "Order among the options."),
)  # fmt: skip
account = versioned(
    "warehouse", "account", "One version of one account: one appearance of a human in one source.",
    (_account(), _source()),
    column("kind", sa.Text, "learner, attendee, invitee or respondent."),
    column("sex", sa.Text, "mujer, hombre, no_binario, otro; null = the source does not say.", nullable=True),
    column("institution", sa.Text, "Institution as the source names it.", nullable=True),
    column("state", sa.Text, "State, INEGI key as text.", nullable=True),
    column("order_of_government", sa.Text, "FEDERAL, ESTATAL, MUNICIPAL_ALCALDIA or OTRO.", nullable=True),
    column("organisation_type", sa.Text, "Type of organisation.", nullable=True),
)  # fmt: skip
account_identity = versioned(
    "restricted", "account_identity", "One version of who an account is (personal data).",
    (_account(), _source()),
    column("local_id", sa.Text, "Identifier at the source.", nullable=True),
    column("full_name", sa.Text, "Name.", nullable=True),
    column("email", sa.Text, "E-mail as given.", nullable=True),
    column("legal_id", sa.Text, "CURP or other legal id, upper case.", nullable=True),
    column("employee_id", sa.Text, "Employee number.", nullable=True),
    column("email_normalised", sa.Text, "E-mail trimmed and in lower case; null when it is no address.", nullable=True),
)  # fmt: skip
contract = table(
    "restricted", "contract", "One row per state of the project's YAML files that a candidate was made with.",
    column("digest", sa.Text, "sha256 of the files.", primary_key=True),
    column("files", JSONB, "Path below the project -> text; corrections may name accounts."),
)  # fmt: skip
for _name in ("email_normalised", "legal_id", "employee_id"):
    sa.Index(f"account_identity_{_name}", account_identity.c[_name], postgresql_where=sa.text("valid_to = 'infinity'"))
enrolment = versioned(
    "warehouse", "enrolment", "One version of one enrolment: an account in a course edition.",
    (_account(), _source(), _edition()),
    column("role", sa.Text, "Role in the course; only `student` is counted."),
    column("active", sa.Boolean, "Seen active and not suspended from start to end of the batch."),
    column("in_population", sa.Boolean, "Sticky: once seen active, student and not suspended it stays in."),
    column("enrolled_at", INSTANT, "When enrolled, where the source tells.", nullable=True),
    column("first_access_at", INSTANT, "Earliest access ever seen; platforms tell only the last one.", nullable=True),
    column("gap_closed_at", INSTANT, "System time since which it has been active without a gap; null = never seen away.", nullable=True),
)  # fmt: skip
module_completion = versioned(
    "warehouse", "module_completion", "One version of the state of one module for one enrolment.",
    (_account(), _source(), _edition(), column("module", sa.Text, "Module.")),
    column("state", sa.Text, "completed, failed, not_completed, or reset (emptied after a gap: still counts)."),
    column("completed_at", INSTANT, "Earliest time in the present unbroken completed state.", nullable=True),
)  # fmt: skip
certificate = versioned(
    "warehouse", "certificate", "One version of the certificate of one enrolment.",
    (_account(), _source(), _edition()),
    column("state", sa.Text, "obtained, not_obtained, or reset (emptied after a gap: still counts)."),
    column("obtained_at", INSTANT, "First time it was obtained in the present unbroken state.", nullable=True),
)  # fmt: skip
invitation = versioned(
    "warehouse", "invitation", "One version of one invitation: an account asked to answer or to enrol.",
    (
        _account(),
        _source(),
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
        _account(),
        _source(),
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
        _account(),
        _source(),
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
    (_account(), _source(), column("event", sa.Text, "Event.")),
    column("registered_at", INSTANT, "When the account was registered at the event.", nullable=True),
    column("organisation_type", sa.Text, "Type of organisation given at the event.", nullable=True),
    column("institution", sa.Text, "Institution given at the event.", nullable=True),
    column("weak", sa.Boolean, "True = known only by the name shown at this event: it is linked to nobody else."),
    column("seconds", sa.Numeric, "Time present as the platform adds it up, where it tells no intervals.", nullable=True),
)  # fmt: skip
attendance_interval = versioned(
    "warehouse", "attendance_interval", "One version of one interval in which an account was connected to an event.",
    (
        _account(),
        _source(),
        column("event", sa.Text, "Event."),
        column("joined_at", INSTANT, "When it came in."),
        column("left_at", INSTANT, "When it left."),
    ),
    column("seconds", sa.Numeric, "Length as the platform tells it (rounded up); the interval itself counts.", nullable=True),
)  # fmt: skip
reported_value = versioned(
    "warehouse", "reported_value", "One version of one figure typed by a person.",
    (
        _source(),
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
    (_account(), _source()),
    column("person_key", sa.Uuid, "Person: the smallest account_key of the connected component."),
    column("reason", sa.Text, "What links it: legal_id, employee_id, email, decision, erased (joined by +), or own."),
)  # fmt: skip
person = versioned(
    "warehouse", "person", "One version of one person: what is known of a human across sources.",
    (_source(), column("person_key", sa.Uuid, "Person.")),
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

# They need what stands above, and whoever reads the metadata needs them.
from trimestre.warehouse import marts as marts  # noqa: E402
from trimestre.warehouse import marts_figures as marts_figures  # noqa: E402
from trimestre.warehouse import marts_official as marts_official  # noqa: E402
from trimestre.warehouse import report_tables as report_tables  # noqa: E402
from trimestre.warehouse import result_tables as result_tables  # noqa: E402
