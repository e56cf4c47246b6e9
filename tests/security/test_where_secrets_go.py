"""Tokens and passwords go into the body or a header of a request to their own site, and nowhere else."""

import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.errors import PermanentError, TrimestreError
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.sources import http, peers
from trimestre.sources.base import Connection
from trimestre.sources.http import HttpSession, site_address
from trimestre.sources.kobo.check import probe as probe_kobo
from trimestre.sources.limesurvey.check import probe as probe_limesurvey
from trimestre.sources.moodle.check import probe as probe_moodle

SECRET = "s3cr3t0987654321abcdef"
KINDS: dict[str, Callable[[Connection], list[str]]] = {
    "moodle": probe_moodle, "limesurvey": probe_limesurvey, "kobo": probe_kobo,
}  # fmt: skip


class Site(Simulator):
    """Answers every request alike, and remembers them."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return self.response


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture
def other() -> Iterator[Site]:
    with Site(Response(b"{}")) as started:
        yield started


def tell(probe: Callable[[Connection], list[str]], url: str) -> str:
    """Everything that a test of a connection says, the trace of its exception included."""
    try:
        return " ".join(probe(Connection(url, login="lector", password=SECRET)))
    except TrimestreError as error:
        return "".join(traceback.format_exception(error))


ANSWERS = {
    "data": Response(b'{"result": "key", "error": null, "id": 1}'),
    "list": Response(b"[]"),
    "page": Response(b"<html>", "text/html"),
    "closed": Response(b"", "text/plain", 403),
    "broken": Response(b"<h1>500</h1>", "text/html", 500),
    "echo": Response(f'{{"exception": "x", "errorcode": "invalidtoken", "message": "{SECRET}"}}'.encode()),
    "refused": Response(f"wrong {SECRET}".encode(), "text/plain", 401),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_secret_is_in_no_address_message_trace_or_log(
    kind: str, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "citric", "http.client"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    with Site(ANSWERS[answer]) as site:
        told = tell(KINDS[kind], site.url)
        assert site.asked, "or nothing was tried"
        if kind != "kobo":  # there it is in a header
            assert SECRET.encode() in site.asked[0].body
        for request in site.asked:
            assert SECRET not in f"{request.path}?{request.query}"
    assert SECRET not in told + caplog.text + "".join(str(record.args) for record in caplog.records)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_no_secret_with_it(kind: str, status: int, other: Site) -> None:
    away = Response(b"", "text/plain", status, headers={"Location": f"{other.url}/webservice/rest/server.php"})
    with Site(away) as site:
        told = tell(KINDS[kind], site.url)
    assert other.asked == []
    assert SECRET not in told


@pytest.mark.parametrize("kind", KINDS)
def test_a_site_that_is_away_is_told_without_the_secret(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as closed:  # bound and not listening: refused at once
        closed.bind(("127.0.0.1", 0))
        told = tell(KINDS[kind], f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert told
    assert SECRET not in told + caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "https://ana:s3cr3t@aula.mx", "https://ana@aula.mx", "aula.mx@evil.mx", "file:///etc/passwd", "ftp://aula.mx",
        "gopher://aula.mx", "https://aula.mx?x=1", "https://aula.mx#x", "https://aula.mx\\@evil.mx",
        "https://aula.mx\r\nX-Header: 1", "javascript://aula.mx", "",
    ],
)  # fmt: skip
def test_an_address_is_of_a_site_and_of_nothing_else(address: str) -> None:
    with pytest.raises(PermanentError, match="dirección mal escrita") as refused:
        site_address("aula", address)
    assert "s3cr3t" not in str(refused.value)


FORBIDDEN = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "168.63.129.16", "100.100.100.200",
    "192.0.0.192", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254",  # noqa: S104
    "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
]  # fmt: skip
ALLOWED = ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "fd12::1", "8.8.8.8", "2606:4700::1"]


def test_clouds_own_addresses_are_forbidden_however_written_and_a_ministrys_network_is_not() -> None:
    assert [address for address in FORBIDDEN if not peers.is_forbidden(address)] == []
    assert [address for address in ALLOWED if peers.is_forbidden(address)] == []


@given(st.ip_addresses())
def test_every_address_is_judged(address: Any) -> None:
    assert peers.is_forbidden(str(address)) in (True, False)


def test_a_name_that_leads_elsewhere_when_it_is_used_gets_not_one_byte(
    other: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: whatever was resolved before, the open connection is one to a cloud's metadata."""

    class Elsewhere(socket.socket):
        def getpeername(self) -> Any:
            return ("169.254.169.254", 80)

    def connected(*_: object, **__: object) -> socket.socket:
        found = Elsewhere()
        found.connect(("127.0.0.1", other.port))
        return found

    monkeypatch.setattr("urllib3.connection.connection.create_connection", connected)
    for scheme in ("http", "https"):
        with HttpSession("aula", timeout=5) as session, pytest.raises(PermanentError, match="No se envió nada"):
            session.post(f"{scheme}://aula.mx/", data={"wstoken": SECRET})
    assert other.asked == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "2852039166", "0xa9.0xfe.0xa9.0xfe", "0"]
)
def test_a_proxy_is_not_asked_for_a_clouds_own_address(host: str, other: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy the open connection's other end is the proxy: what an address itself says is judged before."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, other.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with HttpSession("aula", timeout=5) as session, pytest.raises(PermanentError, match="No se envió nada"):
        session.post(f"http://{host}/", data={"wstoken": SECRET})
    assert other.asked == []


def test_a_site_behind_a_proxy_is_asked_as_before(other: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", other.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with HttpSession("aula", timeout=5) as session:
        session.get("http://aula.ejemplo.mx/x")
    assert len(other.asked) == 1
