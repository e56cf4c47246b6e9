"""What every step of the pipeline needs of the project and of the machine it runs on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.sources.base import Connection, Connector
from trimestre.sources.registry import connector_for
from trimestre.warehouse.entities import FRAMEWORK_SOURCE

ConnectionOf = Callable[[str], Connection | None]
"""Name of a connection -> address and secrets, or None when there is none."""

_NOWHERE = Connection("https://nowhere.invalid")
"""Where nothing is fetched from."""


@dataclass(frozen=True)
class Plant:
    """What every step needs: the project, where things are, and how to get a connection."""

    engine: sa.Engine
    project: Project
    landing: Path
    drop: Path | str
    """Root of the drop folders: a folder of this machine, or an fsspec URL."""
    key: bytes
    connection_of: ConnectionOf

    def connector(self, source: str) -> Connector:
        """The connector of a source."""
        contract = self.project.sources.get(source)
        name = getattr(contract, "connection", None)
        return connector_for(
            self.project, source, drop=self.drop, connection=self.connection_of(name) if name else None
        )

    def reader(self, source: str) -> Connector:
        """The connector of a source for what was landed: it needs no connection, so none has to be there."""
        return connector_for(self.project, source, drop=self.drop, connection=_NOWHERE)

    def source_codes(self) -> list[str]:
        """Every source in the order of a night: the framework first, since editions give the quarters."""
        return [FRAMEWORK_SOURCE, *sorted(self.project.sources)]
