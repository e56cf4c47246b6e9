"""The entities: what is staged, into which table it is merged, by which key.

One entry here, one table in ``tables``, one ``sql/merge/<entity>.sql`` and one suite in ``expectations/`` make an entity.
The order is the order of merging: what is looked up by others comes first.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """One kind of thing staged."""

    name: str
    fields: tuple[str, ...]
    """Staged text columns as the connectors deliver them, natural key first."""
    key: tuple[str, ...]
    """Natural key in the merged table, after ``source`` (and after account_key, which comes first)."""
    declared: tuple[str, ...]
    """Columns of the merged table that ``row_hash`` covers."""
    carried: tuple[str, ...] = ()
    """Columns that a merge file gives a new version and ``row_hash`` leaves out: they alone make none."""
    schema: str = "warehouse"
    has_account: bool = True
    """Whether the rows belong to an account: staged with ``account_ref``, merged with ``account_key``."""

    sighting: bool = False
    """Whether a row is a sighting: each scope may say something else about the same key, and the first stays."""
    agreed: tuple[str, ...] = ()
    """Of a sighting: columns about which scopes that say anything say the same."""

    @property
    def table(self) -> str:
        """Qualified name of the merged table."""
        return f"{self.schema}.{self.name}"

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The whole natural key, distribution column first."""
        return (*(("account_key",) if self.has_account else ()), "source", *self.key)


_ENTITIES = (
    Entity(
        "period",
        ("period", "ordinal", "starts_on", "ends_on", "fiscal_year", "fy_period", "timezone"),
        ("period",),
        ("ordinal", "starts_on", "ends_on", "starts_at", "ends_at", "fiscal_year", "fy_period"),
        has_account=False,
    ),
    Entity("state", ("state", "name", "short_name"), ("state",), ("name", "short_name"), has_account=False),
    Entity(
        "institution",
        ("institution", "name", "order_of_government", "state"),
        ("institution",),
        ("name", "order_of_government", "state"),
        has_account=False,
    ),
    Entity("alias", ("kind", "alias", "code"), ("kind", "alias"), ("code",), has_account=False),
    Entity("course", ("course", "name", "aliases", "line"), ("course",), ("name", "aliases", "line"), has_account=False),
    Entity(
        "course_edition",
        ("edition", "course", "name", "opens_on", "closes_on", "last_day", "cutoff_reason", "population", "timezone"),
        ("edition",),
        (
            "course", "name", "opens_on", "closes_on", "last_day", "cutoff_reason", "population",
            "opens_at", "cutoff_at", "period",
        ),
        has_account=False,
    ),
    Entity(
        "edition_course",
        ("edition", "delivered_by", "source_course", "activities"),
        ("edition", "delivered_by", "source_course"),
        ("activities",),
        has_account=False,
    ),
    Entity("module", ("course", "module", "name", "ordinal"), ("course", "module"), ("name", "ordinal"), has_account=False),
    Entity(
        "event",
        ("event", "name", "held_on", "line", "starts_at", "ends_at", "minimum_percent"),
        ("event",),
        ("name", "held_on", "line", "starts_at", "ends_at", "minimum_percent"),
        has_account=False,
    ),
    Entity(
        "survey",
        ("survey", "name", "edition", "event", "closes_on", "timezone", "reached_by", "repeated"),
        ("survey",),
        ("name", "edition", "event", "closes_on", "closes_at", "reached_by", "repeated"),
        has_account=False,
    ),
    Entity("indicator", ("indicator", "version", "definition"), ("indicator",), ("version", "definition"), has_account=False),
    Entity("milestone", ("indicator", "stage", "name"), ("indicator", "stage"), ("name",), has_account=False),
    Entity(
        "question",
        ("survey", "question", "sub_code", "type", "ordinal", "text", "texts", "free_text"),
        ("survey", "question", "sub_code"),
        ("type", "ordinal", "text", "texts", "free_text"),
        has_account=False,
    ),
    Entity(
        "question_option",
        ("survey", "question", "code", "label", "labels", "score", "ordinal"),
        ("survey", "question", "code"),
        ("label", "labels", "score", "ordinal"),
        has_account=False,
    ),
    Entity(
        "account",
        ("kind", "sex", "institution", "state", "order_of_government", "organisation_type"),
        (),
        ("kind", "sex", "institution", "state", "order_of_government", "organisation_type"),
        sighting=True,
        agreed=("sex",),
    ),
    Entity(
        "account_identity",
        ("local_id", "full_name", "email", "legal_id", "employee_id"),
        (),
        ("local_id", "full_name", "email", "legal_id", "employee_id", "email_normalised"),
        schema="restricted",
        sighting=True,
    ),
    Entity(
        "enrolment",
        ("edition", "role", "active", "suspended", "enrolled_at", "accessed_at"),
        ("edition",),
        ("role", "active", "in_population", "enrolled_at", "first_access_at"),
        carried=("gap_closed_at",),
    ),
    Entity(
        "module_completion",
        ("edition", "module", "state", "completed_at"),
        ("edition", "module"),
        ("state", "completed_at"),
    ),
    Entity("certificate", ("edition", "state", "obtained_at"), ("edition",), ("state", "obtained_at")),
    Entity(
        "invitation",
        ("target_kind", "target", "delivered", "sent_at", "completed_at"),
        ("target_kind", "target"),
        ("delivered", "sent_at", "completed_at"),
    ),
    Entity(
        "response",
        ("survey", "response_id", "complete", "submitted_at", "started_at", "language", "sex"),
        ("survey", "response_id"),
        ("complete", "submitted_at", "started_at", "language", "sex"),
    ),
    Entity(
        "answer",
        ("survey", "response_id", "question", "sub_code", "value", "free_text"),
        ("survey", "response_id", "question", "sub_code"),
        ("value", "answered"),
    ),
    Entity(
        "attendance",
        ("event", "registered_at", "organisation_type", "institution", "weak", "seconds"),
        ("event",),
        ("registered_at", "organisation_type", "institution", "weak", "seconds"),
    ),
    Entity(
        "attendance_interval",
        ("event", "joined_at", "left_at", "seconds"),
        ("event", "joined_at", "left_at"),
        ("seconds",),
    ),
    Entity(
        "reported_value",
        ("indicator", "period", "disaggregation", "category", "value", "reported_on", "verification"),
        ("indicator", "period", "disaggregation", "category"),
        ("value", "reported_on", "verification"),
        has_account=False,
    ),
)  # fmt: skip

ENTITIES: dict[str, Entity] = {entity.name: entity for entity in _ENTITIES}
"""Every entity by name, in the order of merging."""

OPTIONAL_KEYS = {"sub_code": "", "disaggregation": "total", "category": "total"}
"""Key fields that may be null, and what null means."""

FRAMEWORK_SOURCE = "framework"
"""The source whose landed files are the project's own YAML."""

IDENTITY_SOURCE = "identity"
"""The source of what is derived about persons: person_link and person."""

LEGACY_SOURCE = "heredado"
"""The source of figures of before Trimestre: workbooks that are landed and never staged."""

RESERVED_SOURCES = frozenset({FRAMEWORK_SOURCE, IDENTITY_SOURCE, LEGACY_SOURCE, "decisions"})
"""Codes that no file of sources/ may have: those of sources without a file, and of what people's decisions move."""
