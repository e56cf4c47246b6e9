"""Every Spanish sentence of the outputs that does not stand in the project's YAML, a module a subject."""

from trimestre.reports.texts.airflow import (
    INDICATORS_DOC,
    INGEST_DOC,
    TASKS,
)
from trimestre.reports.texts.batches import (
    BATCH_CLI,
    BATCH_COLUMNS,
    BATCH_MESSAGES,
    BATCH_PARTS,
    BATCH_STATES,
    ENTITIES,
    PROGRESS_COLUMNS,
)
from trimestre.reports.texts.commands import (
    CLI,
    DEMO,
)
from trimestre.reports.texts.figures import (
    BY_EDITION,
    BY_EVENT,
    COLUMNS,
    FIGURES_TITLE,
    ILLUSTRATIVE,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    NOT_CALCULABLE,
    NOT_REPRESENTATIVE,
    STATUS,
)
from trimestre.reports.texts.rules import (
    COMMON_RULES,
    SEVERITIES,
    UNREADABLE,
)
from trimestre.reports.texts.sources import (
    PREVIEW,
    SEPARATORS,
    SOURCE_CLI,
    SOURCE_COLUMNS,
    SOURCE_KINDS,
    SOURCE_NEW,
)

__all__ = [
    "BATCH_CLI",
    "BATCH_COLUMNS",
    "BATCH_MESSAGES",
    "BATCH_PARTS",
    "BATCH_STATES",
    "BY_EDITION",
    "BY_EVENT",
    "CLI",
    "COLUMNS",
    "COMMON_RULES",
    "DEMO",
    "ENTITIES",
    "FIGURES_TITLE",
    "ILLUSTRATIVE",
    "INDICATORS_DOC",
    "INGEST_DOC",
    "NOT_APPLICABLE",
    "NOT_AVAILABLE",
    "NOT_CALCULABLE",
    "NOT_REPRESENTATIVE",
    "PREVIEW",
    "PROGRESS_COLUMNS",
    "SEPARATORS",
    "SEVERITIES",
    "SOURCE_CLI",
    "SOURCE_COLUMNS",
    "SOURCE_KINDS",
    "SOURCE_NEW",
    "STATUS",
    "TASKS",
    "UNREADABLE",
]
