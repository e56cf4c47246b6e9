"""What the tasks of the DAGs call: one function a task, ids and counts in, ids and counts out.

A ``PermanentError`` ends the task at once, since trying again gives the same; after a ``TransientError`` it
is tried again, not before the time the server asked for (``retrying``). Nothing heavy is imported at the top: DAG files
import this module.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from trimestre import texts
from trimestre.errors import ContractError, PermanentError
from trimestre.orchestration import forms
from trimestre.orchestration.retrying import errors_of_airflow

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.pipeline.plant import Plant
    from trimestre.pipeline.quarantine.retained import Mended
    from trimestre.sources.base import Connection

log = logging.getLogger(__name__)

MOST_STAGING = 32
"""Tasks that stage one batch, or fewer where Airflow's max_map_length is lower."""


@contextmanager
def open_plant(project: "Project | None" = None) -> Iterator["Plant"]:
    """The plant of this installation, of a ``project`` that was read already; its errors in Airflow's classes."""
    from trimestre import settings
    from trimestre.contracts import load_project
    from trimestre.pipeline.plant import Plant
    from trimestre.warehouse.database import connect

    with errors_of_airflow():
        here = settings.from_environment()
        engine = connect(here.require_warehouse())
        try:
            yield Plant(
                engine=engine,
                project=project or load_project(here.project, lenient_sources=True),
                landing=here.landing,
                drop=here.drop,
                key=here.account_hmac_key(),
                connection_of=stored_connection,
            )
        finally:
            engine.dispose()


def page_address() -> str:
    """Address of the page as people open it, with a slash at its end; empty where Airflow does not know its own."""
    from airflow.sdk.configuration import conf

    base = conf.get("api", "base_url", fallback="").rstrip("/")
    return f"{base}/trimestre/" if base else ""


def stored_connection(name: str) -> "Connection | None":
    """A connection stored in Airflow (or in the environment, as Airflow reads it)."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    from trimestre.orchestration.hooks import translated

    try:
        return translated(BaseHook.get_connection(name))
    except AirflowNotFoundException:
        return None


def land(source: str) -> int:
    """Land a source; returns the number of the batch."""
    from trimestre.pipeline import night
    from trimestre.reports.batches import landed_told
    from trimestre.warehouse.database import transaction

    with open_plant() as plant:
        batch_id = night.land(plant, source)
        with transaction(plant.engine) as connection:
            log.info(landed_told(connection, batch_id))
    return batch_id


def divide(batch_id: int) -> list[dict[str, Any]]:
    """What the tasks that stage a batch are given: the numbers of some of its parts, a name and the datasets of their
    files; none = nothing new.
    """
    from airflow.sdk.configuration import conf

    from trimestre.pipeline import night

    with open_plant() as plant:
        groups = night.divide(plant, batch_id, min(MOST_STAGING, conf.getint("core", "max_map_length")))
    return [
        {"batch_id": batch_id, "parts": list(group.parts), "name": group.name, "datasets": list(group.datasets)}
        for group in groups
    ]


def stage(group: Mapping[str, Any]) -> None:
    """Take some parts of a batch through the door and stage what changed."""
    from trimestre.pipeline import night

    with open_plant() as plant:
        night.stage_parts(plant, group["batch_id"], group["parts"])


def complete(batch_id: int) -> int:
    """End the staging of a batch once all its parts are staged."""
    from trimestre.pipeline import night

    with open_plant() as plant:
        night.complete(plant, batch_id)
    return batch_id


def validate(batch_id: int) -> int:
    """Judge the staged rows of a batch."""
    from trimestre.pipeline import night

    with open_plant() as plant:
        night.validate(plant, batch_id, datetime.now(UTC))
    return batch_id


def merge(batch_id: int) -> int:
    """Merge a validated batch, and tell in the log what it brought."""
    from trimestre.pipeline import night
    from trimestre.reports.batches import merged_told
    from trimestre.warehouse.database import transaction

    with open_plant() as plant:
        night.merge(plant, batch_id, datetime.now(UTC))
        with transaction(plant.engine) as connection:
            for line in merged_told(connection, batch_id, page_address()):
                log.info(line)
    return batch_id


def publish(outlet: Any) -> list[str]:
    """Name every quarter that is not computed as merged; skipped when there is none.

    Whatever a run that died had merged is among them, so no quarter is ever forgotten.
    """
    from trimestre.pipeline import night

    with open_plant() as plant:
        quarters = night.pending_quarters(plant.engine, plant.project)
    if not quarters:
        raise AirflowSkipException("Nada cambió: no hay trimestres por recalcular.")
    outlet.add_partitions(quarters)
    return quarters


def compute(period: str | None) -> dict[str, Any]:
    """Compute a quarter, and compare closed ones with what was published; skipped when nothing moved."""
    from trimestre.indicators.computing import compute as compute_quarter
    from trimestre.indicators.drift import refresh_drift
    from trimestre.periods import Period

    with open_plant() as plant:
        if not period:
            raise ContractError(texts.NIGHT["partition"])
        computed = compute_quarter(plant.engine, plant.project, Period.parse(period))
        drifted = refresh_drift(plant.engine, plant.project)
    if not (computed.moved or drifted.compared):
        raise AirflowSkipException(f"{period}: nada cambió desde el último cálculo.")
    return {"period": computed.period, "values": len(computed.values)}


def refresh_marts() -> dict[str, Any]:
    """Bring the tables for analysts up to date; skipped when nothing in them differs."""
    from trimestre.pipeline import night

    with open_plant() as plant:
        refreshed = night.refresh_marts(plant)
    if not refreshed.rows:
        raise AirflowSkipException(texts.MARTS_CLI["unmoved"])
    return {"tables": list(refreshed.tables), "rows": refreshed.rows}


def withdraw(filled: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Withdraw the batch of a form sent by ``user``; returns the batch that undoes it and its quarters."""
    from trimestre.pipeline import acts

    with open_plant() as plant:
        who = forms.decider("retirar_lote", user)
        done = acts.withdraw(plant, filled["lote"], reason=filled["motivo"], decided_by=who)
    said = texts.BATCH_CLI["withdrawn" if done.changed else "withdrawn_without_change"]
    log.info(said.format(batch=done.withdraws, by=done.batch_id, quarters=_named(done.quarters)))
    return {"batch": done.batch_id, "quarters": list(done.quarters)}


def decide_identity(filled: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Store and apply the decision of a form sent by ``user``; returns its number, its batch and its quarters."""
    from trimestre.pipeline import acts

    with open_plant() as plant:
        who = forms.decider("decidir_identidad", user)
        asked = forms.identity(filled)
        if isinstance(asked, int):
            done = acts.revoke_decision(plant, asked, reason=filled["motivo"], decided_by=who)
        else:
            done = acts.decide_identity(plant, *asked, reason=filled["motivo"], decided_by=who)
    said = texts.FORM_MESSAGES["identity_decided" if done.changed else "identity_unchanged"]
    log.info(said.format(decision=done.decision_id, batch=done.batch_id, quarters=_named(done.quarters)))
    return {"decision": done.decision_id, "batch": done.batch_id, "quarters": list(done.quarters)}


def mend_retained(filled: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Do with retained rows what a form sent by ``user`` asks; returns batches, numbers that entered, and quarters."""
    with open_plant() as plant:
        who = forms.decider("corregir_retenidos", user)
        forms.check_retained(filled)
        if filled["accion"] == "revocar":
            return _take_back(plant, filled, who)
        done = _mended(plant, filled, who)
        decisions = _decisions(plant, filled)
    said = texts.RETAINED_CLI
    if done.entered:
        log.info(said["entered"].format(rows=_listed(done.entered), quarters=_named(done.quarters)))
    for name in ("held", "again", "already"):
        if getattr(done, name):
            log.info(said[name].format(rows=_listed(getattr(done, name))))
    if not done.entered and not done.already:
        log.info(said["nothing"])
    if decisions:
        log.info(said["decisions"].format(decisions=_listed(decisions)))
    return {"batches": list(done.batches), "entered": list(done.entered), "quarters": list(done.quarters)}


def _mended(plant: "Plant", filled: Mapping[str, Any], who: str) -> "Mended":
    from trimestre.pipeline import acts
    from trimestre.pipeline.form_guard import refuse_personal
    from trimestre.warehouse.database import transaction

    numbers, now = [int(line) for line in forms.lines(filled, "numeros")], datetime.now(UTC)
    if filled["accion"] == "reintentar":
        return acts.replay_retained(plant, filled["fuente"], now, reason=filled["motivo"])
    if filled["accion"] == "aceptar":
        return acts.accept_rows(plant, numbers, now, reason=filled["motivo"], decided_by=who)
    with transaction(plant.engine) as connection:
        refuse_personal(connection, numbers[0], filled["campo"], "corregir_retenidos")
    changes = {filled["campo"]: filled["valor"]}
    return acts.correct_row(plant, numbers[0], changes, now, reason=filled["motivo"], decided_by=who)


def _decisions(plant: "Plant", filled: Mapping[str, Any]) -> list[int]:
    """Numbers of the decisions about the rows of a form."""
    from trimestre.pipeline.quarantine.retained import decisions_of
    from trimestre.warehouse.database import transaction

    with transaction(plant.engine) as connection:
        return decisions_of(connection, [int(line) for line in forms.lines(filled, "numeros")])


def _take_back(plant: "Plant", filled: Mapping[str, Any], who: str) -> dict[str, Any]:
    from trimestre.pipeline import acts

    done = acts.take_back_row(plant, filled["decision"], reason=filled["motivo"], decided_by=who)
    quarters = _named(done.quarters)
    log.info(texts.RETAINED_CLI["revoked"].format(decision=filled["decision"], batch=done.batch_id, quarters=quarters))
    return {"batches": [done.batch_id], "entered": [], "quarters": list(done.quarters)}


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _named(quarters: Sequence[str]) -> str:
    return ", ".join(quarters) or texts.CLI["none"]


def retention() -> dict[str, int]:
    """Remove what has outlived its retention; returns the counts by class, skipped when there is nothing to remove."""
    from trimestre.pipeline import acts

    with open_plant() as plant:
        removed = acts.retention(plant, datetime.now(UTC), dry_run=False)
    if not any(removed.values()):
        raise AirflowSkipException("Nada cumplió su plazo: no se borró nada.")
    return removed


def recheck_figures() -> list[str]:
    """Compare the stored figures with all evidence; returns the quarters, skipped when nothing moved since.

    It fails where they differed: what it computed anew stays, and somebody has to hear of it.
    """
    from trimestre.pipeline import night

    with open_plant() as plant:
        found = night.recheck_figures(plant)
        if found.differed:
            raise PermanentError(texts.CLI["differed"].format(quarters=", ".join(found.differed)))
    if not found.quarters:
        raise AirflowSkipException(texts.CLI["nothing_to_recheck"])
    return list(found.quarters)


def discard_uploads() -> int:
    """Discard uploads that nobody took in two weeks; returns how many, skipped when there are none."""
    from trimestre import settings
    from trimestre.pipeline.uploads.uploading import discard_forgotten

    with open_plant() as plant:
        gone = discard_forgotten(plant.engine, settings.from_environment().uploads, now=datetime.now(UTC))
    if not gone:
        raise AirflowSkipException(texts.CAPTURE["none_forgotten"])
    return gone


def fail_with(message: str) -> Callable[[], None]:
    """The task of a source whose YAML is wrong: it fails with that message and nothing else runs."""

    def contract_error() -> None:
        raise AirflowFailException(message)

    return contract_error
