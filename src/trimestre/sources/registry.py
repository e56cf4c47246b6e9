"""Which connector a source has. The only module of ``sources`` that knows them all; each is imported when it is needed.

Data flow: contract of a source + connection or drop folder -> its connector.
"""

from pathlib import Path

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.sources.base import Connection, Connector
from trimestre.warehouse.entities import FRAMEWORK_SOURCE


def connector_for(project: Project, source: str, *, drop: Path, connection: Connection | None = None) -> Connector:
    """The connector of a source: imports only the module of its kind."""
    if source == FRAMEWORK_SOURCE:
        from trimestre.sources.framework import FrameworkConnector

        return FrameworkConnector(project)
    contract = project.source(source)
    if contract.kind == "tabular":
        from trimestre.sources.tabular import TabularConnector

        return TabularConnector(contract, drop / contract.folder)
    if connection is None:
        raise ContractError(
            f"source {source}: found no connection {contract.connection!r}, expected one. "
            f"Make it in Airflow (Admin > Connections) or set AIRFLOW_CONN_{contract.connection.upper()}."
        )
    if contract.kind == "moodle":
        from trimestre.sources.moodle import MoodleConnector

        return MoodleConnector(contract, project, connection)
    if contract.kind == "kobo":
        from trimestre.sources.kobo import KoboConnector

        return KoboConnector(contract, project, connection)
    from trimestre.sources.limesurvey import LimeSurveyConnector

    return LimeSurveyConnector(contract, project, connection)
