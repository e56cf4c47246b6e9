"""Notices reach a mail server and an address, whole; what fails says so without an address, a password or a name."""

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from receivers import Mailbox, Posted

from trimestre.contracts.base import read_yaml
from trimestre.contracts.watching import Email, Limits, Notifications, Webhook
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.base import Connection
from trimestre.texts import NOTICES
from trimestre.watching.messages import LONGEST, Message, worded
from trimestre.watching.sending import post, send_email

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2020, 7, 2, 13, tzinfo=UTC)
EMAIL = Email(to=("operacion@example.org", "monitoreo@example.org"))
PAGE = "https://trimestre.example.org/trimestre/"
DETAILS = {"name": "Encuestas en línea", "batch": 1207, "state": "rechazado", "message": "Trajo 3 de 900."}


def message(*kinds: str) -> Message:
    said = [worded(kind, "source:encuestas", DETAILS, page=PAGE) for kind in kinds]
    return Message(said, "00112866 Rendición de cuentas")


def test_a_mail_says_what_why_and_what_to_do_and_links_the_page(mailbox: Mailbox) -> None:
    send_email(EMAIL, mailbox.connection, message("source_failed"), NOW)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[Trimestre] Falló: Encuestas en línea"
    assert mail["To"] == "operacion@example.org, monitoreo@example.org"
    assert (mail["From"], mail["Auto-Submitted"]) == ("trimestre@example.org", "auto-generated")
    text = mail.get_content().replace("\r\n", "\n")
    for part in ("Qué pasó: El lote 1207", "Por qué importa: ", "Qué hacer: ", "Rendición de cuentas"):
        assert part in text
    assert f"Página: {PAGE}calidad/lote/1207\n" in text


def test_several_notices_of_one_pass_are_one_mail(mailbox: Mailbox) -> None:
    send_email(EMAIL, mailbox.connection, message("source_failed", "retained"), NOW)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[Trimestre] 2 avisos: Falló: Encuestas en línea y más"


def test_a_name_with_a_line_break_can_forge_no_header(mailbox: Mailbox) -> None:
    said = worded("source_never", "source:x", {"name": "Encuestas\r\nBcc: todos"})
    send_email(EMAIL, mailbox.connection, Message([said], "x"), NOW)
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "[Trimestre] Nunca se ha cargado: Encuestas Bcc: todos"


def test_what_looks_like_somebodys_data_is_not_sent() -> None:
    for personal in ("Falló con ana.perez@example.org.", "CURP PEPA800101MDFRRN09 repetida"):
        said = worded("source_failed", "source:x", DETAILS | {"message": personal})
        assert "ana" not in said.what
        assert "PEPA" not in said.what
        assert "registro de la tarea" in said.what


def test_a_trace_of_pages_is_cut() -> None:
    said = worded("source_failed", "source:x", DETAILS | {"message": "x" * 9_999})
    assert len(said.what) < LONGEST + 200


@pytest.mark.parametrize("kind", NOTICES)
def test_every_kind_says_something_of_everything_it_asks_for(kind: str) -> None:
    every = dict.fromkeys(("what", "why", "do", "title"))
    said = worded(kind, "subject", {})
    assert all(getattr(said, name) for name in every)


def test_a_kind_of_a_newer_version_is_told_by_its_name() -> None:
    assert worded("of_tomorrow", "source:x", {}).title == "of_tomorrow"


@pytest.mark.parametrize(("answer", "error"), [("550 no such box", PermanentError), ("450 later", TransientError)])
def test_what_a_server_refuses_is_tried_again_only_where_it_says_so(
    mailbox: Mailbox, answer: str, error: type[Exception]
) -> None:
    mailbox.refusal = answer
    with pytest.raises(error) as raised:
        send_email(EMAIL, mailbox.connection, message("retained"), NOW)
    assert "@" not in str(raised.value)


def test_a_server_that_is_down_is_tried_again_and_names_nobody(mailbox: Mailbox) -> None:
    gone = Connection("https://127.0.0.1:1", extra=mailbox.connection.extra)
    with pytest.raises(TransientError) as raised:
        send_email(EMAIL, gone, message("retained"), NOW)
    assert "@" not in str(raised.value)


def test_an_address_that_the_server_refuses_is_told_and_the_others_get_their_mail(
    mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.unknown = "monitoreo@example.org"
    send_email(EMAIL, mailbox.connection, message("retained"), NOW)
    assert len(mailbox.mails) == 1
    assert "se encontraron rechazadas 1 direcciones (código 550)" in caplog.text
    assert "monitoreo" not in caplog.text


def test_no_password_leaves_the_machine_without_tls() -> None:
    plain = Connection("https://mail.example.org", "u@example.org", "pw", {"disable_ssl": True, "disable_tls": "true"})
    with pytest.raises(PermanentError, match="una contraseña sin TLS"):
        send_email(EMAIL, plain, message("retained"), NOW)


# -- webhooks --------------------------------------------------------------------------------------------------


def test_a_webhook_gets_text_at_the_secret_path(posted: Posted) -> None:
    post(Webhook(connection="avisos"), posted.connection, message("source_failed"))
    (request,) = posted.requests
    assert request["path"] == "/hooks/T000/s3cret"
    assert list(request["body"]) == ["text"]
    assert "Qué hacer: " in request["body"]["text"]


def test_teams_gets_a_card_and_programs_get_fields(posted: Posted) -> None:
    post(Webhook(connection="avisos", format="teams"), posted.connection, message("source_failed"))
    post(Webhook(connection="avisos", format="json"), posted.connection, message("source_failed"))
    card, fields = (request["body"] for request in posted.requests)
    assert card["attachments"][0]["content"]["type"] == "AdaptiveCard"
    assert fields["notices"][0] | {"kind": "source_failed", "event": "opened"} == fields["notices"][0]


def test_the_secret_path_is_in_no_log_however_much_is_logged(posted: Posted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "requests"):
        caplog.set_level(logging.DEBUG, name)
    post(Webhook(connection="avisos"), posted.connection, message("source_failed"))
    assert "POST" in caplog.text, "or nothing was tried"
    assert "s3cret" not in caplog.text + "".join(str(record.args) for record in caplog.records)


@pytest.mark.parametrize(("form", "shown"), [("text", "'&lt;!channel&gt; &amp; "), ("teams", "'<!channel> & ")])
def test_what_somebody_called_a_file_is_no_markup_of_a_channel(form: str, shown: str) -> None:
    """Slack takes ``<!channel>`` for a call to everybody; Mattermost and Teams ``[…](…)`` for a link under any name."""
    evil = "found '<!channel> & [Entrar](evil.mx).csv', expected a list."
    said = worded("source_failed", "source:x", DETAILS | {"message": evil})
    body = json.dumps(Message([said], "x").body(form), ensure_ascii=False)
    assert shown in body
    assert "[Entrar]" in body
    assert "](" not in body


def test_a_token_goes_into_a_header_and_not_into_the_address(posted: Posted) -> None:
    bearer = Connection(posted.connection.host, password="s3cret", extra={"auth": "bearer"})
    post(Webhook(connection="avisos"), bearer, message("retained"))
    (request,) = posted.requests
    assert request["path"] == "/hooks"
    assert request["headers"]["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("status", "error"), [(302, PermanentError), (404, PermanentError), (429, TransientError), (503, TransientError)]
)
def test_a_redirect_is_not_followed_and_no_error_tells_the_secret(
    posted: Posted, status: int, error: type[Exception]
) -> None:
    posted.status = status
    with pytest.raises(error) as raised:
        post(Webhook(connection="avisos"), posted.connection, message("retained"))
    assert "s3cret" not in str(raised.value)
    assert len(posted.requests) == 1


@pytest.mark.parametrize(
    "host",
    ["https://169.254.169.254/latest", "https://[fe80::1]/x", "https://224.0.0.1", "https://0.0.0.0", "http://10.0.0.1",
     "https://168.63.129.16/metadata", "https://[64:ff9b::a9fe:a9fe]",
     "https://u:p@ejemplo.mx?x=1", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_is_none_of_a_service_is_refused(host: str) -> None:
    with pytest.raises(PermanentError):
        post(Webhook(connection="avisos"), Connection(host), message("retained"))


def test_the_channels_of_the_example_need_only_their_signs_taken_away(tmp_path: Path) -> None:
    text = (PROJECT / "framework" / "notifications.yaml").read_text(encoding="utf-8")
    given = read_yaml(PROJECT / "framework" / "notifications.yaml", Notifications)
    assert (given.channels, given.limits) == ((), Limits())
    (tmp_path / "notifications.yaml").write_text(re.sub(r"(?m)^#(?! )|^#(?=  )", "", text), encoding="utf-8")
    switched_on = read_yaml(tmp_path / "notifications.yaml", Notifications)
    assert switched_on.channels == ("email", "webhook:avisos_slack", "webhook:avisos_teams")
    assert "backup_days" in switched_on.limits.model_fields_set


def test_a_channel_is_named_by_its_connection_and_each_once() -> None:
    given = Notifications(email=EMAIL, webhooks=(Webhook(connection="a"), Webhook(connection="b")))
    assert given.channels == ("email", "webhook:a", "webhook:b")
    with pytest.raises(ValueError, match="cada conexión de webhooks una vez"):
        Notifications(webhooks=(Webhook(connection="a"), Webhook(connection="a")))
