"""What the DAGs share: default arguments, the assets, and the sources as Airflow sees them. Imports nothing heavy."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Asset

from trimestre import settings
from trimestre.contracts.base import read_yaml
from trimestre.contracts.framework import Framework
from trimestre.contracts.indicators import Indicator
from trimestre.contracts.reading import load_source
from trimestre.errors import ContractError
from trimestre.orchestration.handing import expect_handed_on
from trimestre.orchestration.retrying import FIRST_DELAY, LONGEST_DELAY, PatientRetries
from trimestre.warehouse.entities import FRAMEWORK_SOURCE
from trimestre.watching.deadlines import FRAMEWORK_SCHEDULE

START = datetime(2020, 1, 1, tzinfo=UTC)
DEFAULT_ARGUMENTS: dict[str, Any] = {
    "owner": "trimestre",
    "retries": 3,
    "pre_execute": expect_handed_on,
    "retry_policy": PatientRetries(),
    # For what the policy leaves to Airflow: a task that was killed, or could not reach Airflow's API.
    "retry_delay": FIRST_DELAY,
    "retry_exponential_backoff": True,
    "max_retry_delay": LONGEST_DELAY,
}


@dataclass(frozen=True)
class SourceDag:
    """What the DAG of a source needs to be built."""

    source: str
    name: str
    schedule: str
    timezone: str
    problem: str | None = None
    """Why its YAML cannot be used; its DAG then fails with this text."""

    @property
    def dag_id(self) -> str:
        """Of a file such as ``eventos (copia).yaml``, which no source is called after, with a dash for other signs.

        Airflow would refuse them, and with them the DAGs of every source. No good source has a dash in its name.
        """
        return f"ingest__{_NO_SIGN_OF_A_DAG.sub('-', self.source)[:_LONGEST]}"


_NO_SIGN_OF_A_DAG = re.compile(r"[^\w.-]")
_A_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LONGEST = 200


def source_dags() -> list[SourceDag]:
    """One entry per file of ``sources/`` and the framework itself; a wrong file stops its own DAG only."""
    project = settings.from_environment().project
    zone = project_zone()
    entries = [SourceDag(FRAMEWORK_SOURCE, "Marco de resultados", FRAMEWORK_SCHEDULE, zone)]
    for path in sorted((project / "sources").glob("*.yaml")):
        try:
            contract = load_source(path)
        except ContractError as error:
            entries.append(SourceDag(path.stem, path.stem, "0 3 * * *", zone, str(error)))
        else:
            entries.append(SourceDag(contract.source, contract.name, contract.schedule, contract.timezone))
    return entries


def source_of(dag_id: str) -> str:
    """The source that an ingest is about, also that of a file whose name no DAG may have."""
    name = dag_id.removeprefix("ingest__")
    if _A_SOURCE.fullmatch(name):
        return name
    return next((entry.source for entry in source_dags() if entry.dag_id == dag_id), name)


def source_names() -> dict[str, str]:
    """Code -> name of every source that a person may choose: those with a YAML of their own that can be read."""
    return {
        entry.source: entry.name for entry in source_dags() if not (entry.problem or entry.source == FRAMEWORK_SOURCE)
    }


def indicator_names() -> dict[str, str]:
    """Code -> name of every indicator whose file can be read."""
    found = {}
    for path in sorted((settings.from_environment().project / "framework" / "indicators").glob("*.yaml")):
        with suppress(ContractError):
            indicator = read_yaml(path, Indicator)
            found[indicator.code] = f"{indicator.code} · {indicator.name.es}"
    return found


def project_zone() -> str:
    """The project's time zone; with a framework.yaml that can't be read the tasks fail and say so, the DAGs stay."""
    path = settings.from_environment().project / "framework" / "framework.yaml"
    try:
        return read_yaml(path, Framework).timezone
    except ContractError:
        return "UTC"


def asset(source: str) -> Asset:
    """The asset that a source's merge renews; its partitions are quarters."""
    return Asset(name=f"trimestre_{source}", uri=f"trimestre://warehouse/{source}")


DECISIONS = asset("decisions")
"""The asset that a decision of a person renews, whatever source it is about."""
