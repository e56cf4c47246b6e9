"""HTTP as the connectors need it: kept alive, patient for a moment, and with errors of the house.

A session speaks to one site. Every call of the connectors only reads, so that repeating a POST does no harm.
"""

import codecs
import logging
import random
import re
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from trimestre.errors import PermanentError, TransientError
from trimestre.sources.peers import CheckedAdapter, ForbiddenPeer, names_forbidden
from trimestre.texts import PLATFORM

TRIES = 4
"""Attempts of one call, the first included."""

BACKOFF_SECONDS = 0.5
"""Pauses grow as 1, 2, 4 … times this, with as much again by chance: many tasks must not come back at once."""

LONGEST_PAUSE_SECONDS = 30.0
"""A server that asks for a longer pause gets it from the scheduler's retry, not from a sleeping worker."""

_CONNECT_SECONDS = 10.0
_PASSING_STATUS = frozenset({408, 425, 429})

T = TypeVar("T")


class _WithoutPaths(logging.Filter):
    """Takes addresses and paths out of what urllib3 logs at DEBUG: the path of a webhook is its secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                "/…" if isinstance(arg, str) and (arg.startswith("/") or "://" in arg) else arg for arg in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutPaths())


def patiently(ask: Callable[[], T]) -> T:
    """What ``ask`` gives; while its failure is a :class:`TransientError` it is asked again, :data:`TRIES` times in all.

    ``ask`` is a whole call with the reading of its answer, so that a cut body or a proxy's page in place of data gets
    the same patience as a broken connection. A server's Retry-After is the shortest pause; one beyond
    :data:`LONGEST_PAUSE_SECONDS` ends the call at once.
    """
    for attempt in range(1, TRIES):
        try:
            return ask()
        except TransientError as error:
            asked = error.retry_after or 0.0
            if asked > LONGEST_PAUSE_SECONDS:
                raise
        backoff = BACKOFF_SECONDS * 2 ** (attempt - 1)
        time.sleep(max(asked, backoff) + random.uniform(0, backoff))  # noqa: S311 - spreads calls, guards nothing
    return ask()


class HttpSession(requests.Session):
    """A session for one site whose failures are :class:`TransientError` or :class:`PermanentError`.

    ``label`` (the source) begins every message; neither address nor parameters ever do: they may hold a token.
    Each request is sent once: :func:`patiently` repeats whole calls. Nothing is sent to an address that no service of
    a connection has (see :mod:`trimestre.sources.peers`), and no redirect is followed: a token goes nowhere else.
    """

    def __init__(self, label: str, *, timeout: float, parallel: int = 1) -> None:
        super().__init__()
        self.label = label
        self.timeout = (min(_CONNECT_SECONDS, timeout), timeout)
        adapter = CheckedAdapter(pool_connections=1, pool_maxsize=parallel, max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        # LimeSurvey starts a new PHP session with every call: its cookies mean nothing to us.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As :meth:`requests.Session.request`, without following redirects, with a timeout and errors of the house."""
        kwargs["allow_redirects"] = False
        kwargs.setdefault("timeout", self.timeout)
        try:
            response = super().request(*args, **kwargs)
        except requests.RequestException as error:
            # "from None": requests writes the whole address into its messages.
            raise self._translated(error) from None
        except ForbiddenPeer:
            raise PermanentError(PLATFORM["forbidden_host"].format(label=self.label)) from None
        # One file of PHP that was saved with a mark writes it before every answer of its site.
        while response.content.startswith(codecs.BOM_UTF8):
            response._content = response.content.removeprefix(codecs.BOM_UTF8)
        return response

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As :meth:`requests.Session.send`, unless the address itself is one that no site has, proxy or not."""
        if names_forbidden(urlsplit(str(request.url)).hostname or ""):
            raise ForbiddenPeer
        return super().send(request, **kwargs)

    def _translated(self, error: requests.RequestException) -> TransientError | PermanentError:
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            return PermanentError(PLATFORM["no_address"].format(label=self.label))
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            return PermanentError(PLATFORM["certificate"].format(label=self.label))
        # Of a timeout in the middle of a body requests makes a ConnectionError.
        if isinstance(error, requests.Timeout) or any(isinstance(arg, ReadTimeoutError) for arg in error.args):
            return TransientError(PLATFORM["no_answer"].format(label=self.label, seconds=self.timeout[1]))
        return TransientError(PLATFORM["broken"].format(label=self.label, kind=type(error).__name__))


def check_status(label: str, response: requests.Response) -> None:
    """Raise unless the answer came with a 2xx status: what may pass is transient, the rest is permanent."""
    status = response.status_code
    if 200 <= status < 300:
        return
    if status >= 500 or status in _PASSING_STATUS:
        raise TransientError(
            PLATFORM["busy"].format(label=label, status=status),
            retry_after=_seconds_to_wait(response),
        )
    if 300 <= status < 400:
        raise PermanentError(PLATFORM["redirect"].format(label=label, status=status))
    raise PermanentError(PLATFORM["status"].format(label=label, status=status))


def _seconds_to_wait(response: requests.Response) -> float | None:
    header = response.headers.get("Retry-After")
    try:
        return Retry().parse_retry_after(header) if header else None
    except InvalidHeader:
        return None


def site_address(label: str, host: str) -> str:
    """The address of a site as typed in a connection, https unless it says otherwise, without a slash at the end.

    Login and password have fields of their own in a connection: in an address they would get into logs.
    """
    address = host.strip().rstrip("/")
    if not re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", address):
        address = f"https://{address}"
    if not re.match(r"^https?://[^/?#\s@\\]+(/[^?#\s\\]*)?$", address, re.IGNORECASE):
        raise PermanentError(PLATFORM["no_address"].format(label=label))
    return address
