"""HTTP as the connectors need it: kept alive, patient for a moment, and with errors of the house.

A session speaks to one site. Every call of the connectors only reads, so that repeating a POST does no harm.
"""

import re
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader, MaxRetryError, ReadTimeoutError
from urllib3.util import Retry

from trimestre.errors import PermanentError, TransientError

TRIES = 4
"""Attempts of one call, the first included."""

BACKOFF_SECONDS = 0.5
"""Pauses grow as 0, 1, 2 … times twice this, with as much again by chance: many tasks must not come back at once."""

LONGEST_PAUSE_SECONDS = 30.0
"""A server that asks for a longer pause gets it from the scheduler's retry, not from a sleeping worker."""

_CONNECT_SECONDS = 10.0
_PASSING_STATUS = frozenset({408, 425, 429})


class _Retry(Retry):
    """Retries that honour Retry-After only as far as a worker may sleep for it."""

    def increment(
        self, method: Any = None, url: Any = None, response: Any = None, error: Any = None, *args: Any, **kwargs: Any
    ) -> "_Retry":
        if response is not None:
            try:
                pause = self.get_retry_after(response)
            except InvalidHeader:
                pause = float("inf")
            if pause is not None and pause > LONGEST_PAUSE_SECONDS:
                # urllib3 then hands the response over, and its status becomes the error.
                raise MaxRetryError(None, url, None)  # type: ignore[arg-type]
        return super().increment(method, url, response, error, *args, **kwargs)


class HttpSession(requests.Session):
    """A session for one site whose failures are :class:`TransientError` or :class:`PermanentError`.

    ``label`` (the source) begins every message; neither address nor parameters ever do: they may hold a token.
    """

    def __init__(self, label: str, *, timeout: float, parallel: int = 1) -> None:
        super().__init__()
        self.label = label
        self.timeout = (min(_CONNECT_SECONDS, timeout), timeout)
        retry = _Retry(
            total=TRIES - 1,
            allowed_methods=frozenset({"POST"}),
            status_forcelist=(502, 503, 504),
            backoff_factor=BACKOFF_SECONDS,
            backoff_jitter=BACKOFF_SECONDS,
            raise_on_status=False,
            redirect=0,
        )
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=parallel, max_retries=retry)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        # LimeSurvey starts a new PHP session with every call: its cookies mean nothing to us.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As :meth:`requests.Session.request`, without following redirects, with a timeout and errors of the house."""
        kwargs["allow_redirects"] = False
        kwargs.setdefault("timeout", self.timeout)
        for remaining in reversed(range(TRIES)):
            try:
                return super().request(*args, **kwargs)
            except requests.exceptions.ChunkedEncodingError as error:
                # A body cut off on its way: urllib3 retries only up to the head of an answer.
                if not remaining:
                    raise self._translated(error) from None
                time.sleep(BACKOFF_SECONDS)
            except requests.RequestException as error:
                # "from None": requests writes the whole address into its messages.
                raise self._translated(error) from None
        raise AssertionError("unreachable")

    def _translated(self, error: requests.RequestException) -> TransientError | PermanentError:
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            return PermanentError(
                f"{self.label}: found an address that is none in its connection, expected one such as "
                "https://aula.ejemplo.mx. Correct the host of the connection."
            )
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            return PermanentError(
                f"{self.label}: found a certificate that can't be verified, expected a valid one for its host. "
                "Have the site's certificate renewed, or install its authority."
            )
        # Of the last retry's timeout requests makes a ConnectionError.
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError):
            return TransientError(
                f"{self.label}: found no answer within {self.timeout[1]:g} s, expected one. "
                "Try again later; if it stays so, raise `timeout` of the source."
            )
        return TransientError(
            f"{self.label}: found a broken connection ({type(error).__name__}), expected an answer. Try again later."
        )


def check_status(label: str, response: requests.Response) -> None:
    """Raise unless the answer came with a 2xx status: what may pass is transient, the rest is permanent."""
    status = response.status_code
    if 200 <= status < 300:
        return
    if status >= 500 or status in _PASSING_STATUS:
        raise TransientError(
            f"{label}: found HTTP status {status}, expected 200: the site is down, in maintenance or busy. "
            "Try again later.",
            retry_after=_seconds_to_wait(response),
        )
    if 300 <= status < 400:
        raise PermanentError(
            f"{label}: found a redirect (HTTP {status}), expected an answer at the address itself. "
            "Write the address a browser ends at, https included, as host of the connection."
        )
    raise PermanentError(
        f"{label}: found HTTP status {status}, expected 200. Check the host of the connection and that the site "
        "lets this server in."
    )


def _seconds_to_wait(response: requests.Response) -> float | None:
    header = response.headers.get("Retry-After")
    try:
        return Retry().parse_retry_after(header) if header else None
    except InvalidHeader:
        return None


def site_address(label: str, host: str) -> str:
    """The address of a site as typed in a connection, https unless it says otherwise, without a slash at the end."""
    address = host.strip().rstrip("/")
    if not re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", address):
        address = f"https://{address}"
    if not re.match(r"^https?://[^/?#\s]+(/[^?#\s]*)?$", address, re.IGNORECASE):
        raise PermanentError(
            f"{label}: found an address that is none in its connection, expected one such as "
            "https://aula.ejemplo.mx. Correct the host of the connection."
        )
    return address
