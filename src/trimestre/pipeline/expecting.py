"""Great Expectations over the warehouse: a silent data source, and rules as its expectations.

Data flow: engine, or a connection whose transaction is joined -> data source -> (validation) -> results.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from trimestre.contracts.expectations import Rule
from trimestre.contracts.project import Project
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.late_imports import UNUSED, lightly
from trimestre.pipeline.conditions import arguments_of
from trimestre.pipeline.transactions import Place
from trimestre.texts import NIGHT
from trimestre.warehouse.database import SESSION, keep_session


class _Lent:
    """A driver's connection lent to another engine, which can neither end its transaction nor close it."""

    def __init__(self, lent: Any) -> None:
        self._lent = lent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lent, name)

    def commit(self) -> None:
        """Left to whoever lent it."""

    rollback = close = commit


def import_ahead() -> None:
    """Import Great Expectations while somebody else works; who needs it asks again, and is told why it can't be had."""
    with suppress(Exception):
        _imported()


def _imported() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")  # read once, while it is imported
    with lightly(*UNUSED):
        import great_expectations
    return great_expectations


@contextmanager
def great_expectations_on(place: Place) -> Iterator[Any]:
    """A silent Great Expectations data source over the warehouse; its connections are closed after.

    Over a connection it judges within the transaction there, since nobody else sees rows that are not committed.
    """
    logger = logging.getLogger("great_expectations")
    propagate, nobody = logger.propagate, logging.NullHandler()
    # Its messages quote statements and database errors, so values of rows: what failed is told by our own errors.
    logger.propagate = False
    logger.addHandler(nobody)
    try:
        gx = _imported()
        from great_expectations.data_context.types.base import ProgressBarsConfig

        url = place.engine.url
        url = url if url.host else url.set(host="localhost")  # a socket's `?host=` still wins
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_postgres(
            "warehouse",
            connection_string=url.render_as_string(hide_password=False),
            # hstore is not used, and asking for it wants a connection of the driver's own, not a lent one
            kwargs={"connect_args": SESSION, "use_native_hstore": False},
        )
        judging = source.get_execution_engine().engine
        keep_session(judging)
        if isinstance(place, sa.Connection):
            lent = _Lent(place.connection.driver_connection)
            sa.event.listen(judging, "do_connect", lambda *_: lent)
        try:
            yield source
        finally:
            source.get_execution_engine().close()
            source.get_engine().dispose()
    except (PermanentError, TransientError):
        raise
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        raise TransientError(NIGHT["lost"]) from None
    except Exception as error:
        raise PermanentError(NIGHT["inside_expectations"].format(kind=type(error).__name__)) from None
    finally:
        logger.removeHandler(nobody)
        logger.propagate = propagate


def expectation_of(project: Project, rule: Rule, condition: str | None) -> Any:
    """The rule as an object of Great Expectations, marked by ``meta``."""
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {"meta": {"rule": rule.rule}, "severity": rule.severity}
    if condition is not None:
        # Braces are its placeholders and colons SQLAlchemy's: both are escaped in what we wrote ourselves. The inner
        # select is there because it adds an alias of its own to {batch}.
        escaped = condition.replace("{", "{{").replace("}", "}}").replace(":", r"\:")
        query = f"SELECT r.staged_id FROM (SELECT * FROM {{batch}}) AS r WHERE {escaped}"
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **common)
    kind = getattr(gxe, "".join(part.title() for part in (rule.expectation or "").split("_")), None)
    if kind is None:
        raise ContractError(NIGHT["expectation"].format(rule=rule.rule, found=rule.expectation))
    return kind(column=rule.column, **arguments_of(project, rule), **common)
