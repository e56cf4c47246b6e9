"""When Airflow runs a failed task again: only what may pass, and not before the server that was asked wants it.

Data flow: error of the house -> exception of a task -> Airflow's runner asks the policy -> delay of this one retry.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowRuntimeError

from trimestre.errors import PermanentError, TransientError

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
LONGEST_ASKED = timedelta(hours=6)
"""A server that wants more is left to the next night; a header with a nonsense number must not park a task for ever."""


class TryAgain(AirflowException):
    """A transient error as a task raises it; ``retry_after`` = seconds that the server asked to wait, or None."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@contextmanager
def errors_of_airflow() -> Iterator[None]:
    """Errors of the house become those of Airflow, without the traces that lead to them."""
    try:
        yield
    except PermanentError as error:
        raise AirflowFailException(str(error)) from None
    except TransientError as error:
        raise TryAgain(str(error), error.retry_after) from None


class PatientRetries(RetryPolicy):
    """Transient errors are tried again after growing delays, never before the server asked; errors in our code are not.

    What comes from around the task (Airflow's API, a database outside of our transactions, the operating system, a
    signal) is left to Airflow's usual retries.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """The decision for one failure; ``try_number`` is 1 at the first."""
        if isinstance(exception, TryAgain):
            delay = delay_after(try_number, exception.retry_after)
            return RetryDecision.retry(delay, f"Error pasajero: nuevo intento en {delay.total_seconds():.0f} s.")
        from sqlalchemy.exc import InterfaceError, OperationalError

        around = (AirflowException, AirflowRuntimeError, OperationalError, InterfaceError, OSError, MemoryError)
        if isinstance(exception, around) or not isinstance(exception, Exception):
            return RetryDecision.default()
        return RetryDecision.fail(f"Error del programa ({type(exception).__name__}): repetir no lo cambia.")


def delay_after(try_number: int, asked: float | None) -> timedelta:
    """The pause before the next try: 30 s, 60 s, 120 s … up to 15 min, or what was asked if longer; up to half more.

    By chance, so that the sources of one night do not all come back to one server at the same moment.
    """
    backoff = min(FIRST_DELAY * 2 ** min(try_number - 1, 10), LONGEST_DELAY)
    wanted = timedelta(seconds=min(max(asked or 0.0, 0.0), LONGEST_ASKED.total_seconds()))
    return max(backoff, wanted) + backoff * random.uniform(0, 0.5)  # noqa: S311 - spreads tasks, guards nothing
