"""Every table of the warehouse as SQLAlchemy metadata, each table and column with its comment (grain first).

Whoever imports one of the modules has them all: the metadata is never half of it.
"""

from trimestre.warehouse.tables import (  # noqa: F401
    by_hand,
    dimensions,
    facts,
    marts,
    marts_figures,
    marts_official,
    ops,
    restricted,
    results,
    staging,
)
from trimestre.warehouse.tables.base import SCHEMAS, metadata
from trimestre.warehouse.tables.staging import STAGING

__all__ = ["SCHEMAS", "STAGING", "metadata"]
