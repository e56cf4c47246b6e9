"""Which connector a source has. The only module of ``sources`` that knows them all; each is imported when it is needed.

Data flow: contract of a source + connection or drop folder -> its connector, or what it finds wrong with its origin.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from trimestre.contracts import Project
from trimestre.contracts.sources import Source, TabularSource
from trimestre.errors import ContractError
from trimestre.sources.base import Connection, Connector
from trimestre.texts import PLATFORM
from trimestre.warehouse.entities import FRAMEWORK_SOURCE

if TYPE_CHECKING:
    from trimestre.sources.kobo import KoboConnector
    from trimestre.sources.limesurvey import LimeSurveyConnector
    from trimestre.sources.moodle import MoodleConnector
    from trimestre.sources.tabular.drop import DropFolder

    Platform = KoboConnector | LimeSurveyConnector | MoodleConnector


def connector_for(
    project: Project, source: str, *, drop: Path | str, connection: Connection | None = None
) -> Connector:
    """The connector of a source: imports only the module of its kind. ``drop`` = a folder, or an fsspec URL."""
    if source == FRAMEWORK_SOURCE:
        from trimestre.sources.framework import FrameworkConnector

        return FrameworkConnector(project)
    contract = project.source(source)
    if contract.kind == "tabular":
        from trimestre.sources.tabular import TabularConnector

        drop_folder = folder_of(contract, drop, connection)
        return TabularConnector(contract, drop_folder, project.surveys_of(source), project.events)
    return platform_of(project, contract, connection)


def folder_of(contract: TabularSource, drop: Path | str, connection: Connection | None) -> "DropFolder":
    """The drop folder of a tabular source; nothing is connected yet."""
    from trimestre.sources.tabular.drop import drop_folder

    if contract.connection is not None:
        connection = _present(contract, connection)
    return drop_folder(contract.source, drop, contract.folder, connection)


def platform_of(project: Project, contract: Source, connection: Connection | None) -> "Platform":
    """The connector of a source that is a platform with a connection."""
    connection = _present(contract, connection)
    if contract.kind == "moodle":
        from trimestre.sources.moodle import MoodleConnector

        return MoodleConnector(contract, project, connection)
    if contract.kind == "kobo":
        from trimestre.sources.kobo import KoboConnector

        return KoboConnector(contract, project, connection)
    if contract.kind == "limesurvey":
        from trimestre.sources.limesurvey import LimeSurveyConnector

        return LimeSurveyConnector(contract, project, connection)
    raise ContractError(PLATFORM["no_platform"].format(source=contract.source, kind=contract.kind))


def _present(contract: Source, connection: Connection | None) -> Connection:
    if connection is None:
        raise ContractError(
            PLATFORM["no_connection"].format(
                source=contract.source, connection=contract.connection, variable=(contract.connection or "").upper()
            )
        )
    return connection
