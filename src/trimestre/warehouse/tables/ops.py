# ruff: noqa: E501 (one column a line, however long its comment)
"""Tables of ``ops``: what ran and what was decided."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from trimestre.warehouse.tables.base import INSTANT, column, metadata, table

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
