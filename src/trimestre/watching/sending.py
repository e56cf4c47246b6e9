"""Sending: e-mail by SMTP and JSON by HTTP, with errors of the house; nothing of an address is ever in them.

The address of a webhook is its secret. So a redirect is not followed, plain http reaches this machine only, and an
address that no service of a connection has is refused (see :mod:`trimestre.sources.peers`).

Data flow: Message + Connection -> SMTP server or HTTP server.
"""

import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from trimestre.contracts.watching import Email, Webhook
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.base import Connection
from trimestre.sources.http import HttpSession, check_status, site_address
from trimestre.sources.peers import is_forbidden
from trimestre.texts import SENDING
from trimestre.watching.messages import Message

log = logging.getLogger(__name__)

_SECONDS = 20.0
_PORTS = {"ssl": 465, "starttls": 587, "plain": 25}


def send_email(email: Email, connection: Connection, message: Message, now: datetime) -> None:
    """Send a message to every address of ``email``, by the server of a connection of type smtp.

    As Airflow's own: TLS from the start unless ``disable_ssl``, else STARTTLS unless ``disable_tls``.
    """
    label = SENDING["email"].format(connection=email.connection)
    secure = _security(connection.extra)
    host, port = _server(label, connection.host)
    if secure == "plain" and connection.password and not _is_here(host):
        raise PermanentError(SENDING["no_tls"].format(label=label))
    mail = _mail(email, connection, message, now)
    try:
        with _session(secure, host, port or _PORTS[secure]) as server:
            if connection.login:
                server.login(connection.login, connection.password)
            refused = server.send_message(mail)
        if refused:  # the others have it: sent again, they would have it every hour
            codes = ", ".join(sorted({str(code) for code, _ in refused.values()}))
            log.warning(SENDING["some_refused"].format(label=label, count=len(refused), codes=codes))
    except smtplib.SMTPAuthenticationError:
        raise PermanentError(SENDING["login"].format(label=label)) from None
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        code = error.smtp_code if isinstance(error, smtplib.SMTPSenderRefused) else _code(error)
        kind = PermanentError if code >= 500 else TransientError
        raise kind(SENDING["refused"].format(label=label, code=code)) from None
    except (smtplib.SMTPException, OSError) as error:  # their texts quote addresses
        raise TransientError(SENDING["no_server"].format(label=label, kind=type(error).__name__)) from None


def post(webhook: Webhook, connection: Connection, message: Message) -> None:
    """POST a message as JSON to the address of a connection."""
    label = f"webhook {webhook.connection}"
    address = site_address(label, connection.host)
    headers = {}
    if connection.password and connection.extra.get("auth") == "bearer":
        headers["Authorization"] = f"Bearer {connection.password}"
    elif connection.password:
        address = f"{address}/{connection.password.lstrip('/')}"
    _check_address(label, address)
    with HttpSession(label, timeout=_SECONDS) as session:
        session.trust_env = False  # a .netrc would add a password, and a proxy would be given the secret
        check_status(label, session.post(address, json=message.body(webhook.format), headers=headers))


def _check_address(label: str, address: str) -> None:
    """What can be told before anything is connected; where a name leads is the session's to judge."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" and not _is_here(host):
        raise PermanentError(SENDING["no_https"].format(label=label))
    with suppress(ValueError):
        if is_forbidden(host):
            raise PermanentError(SENDING["no_service"].format(label=label))


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _security(extra: dict[str, Any]) -> str:
    def said(name: str) -> bool:
        return str(extra.get(name, "")).lower() in ("true", "1", "yes")

    if not said("disable_ssl"):
        return "ssl"
    return "plain" if said("disable_tls") else "starttls"


def _server(label: str, address: str) -> tuple[str, int | None]:
    """Host and port of a connection, whose host may be a bare name or an address."""
    parts = urlsplit(address)
    if not parts.hostname:
        raise PermanentError(SENDING["no_host"].format(label=label))
    return parts.hostname, parts.port


def _session(secure: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if secure == "ssl":
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=_SECONDS)
    if secure == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _mail(email: Email, connection: Connection, message: Message, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    sender = email.sender or connection.extra.get("from_email") or connection.login
    if "@" not in sender:
        raise PermanentError(SENDING["no_sender"].format(label=SENDING["email"].format(connection=email.connection)))
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(email.to), message.heading
    mail["Date"], mail["Message-ID"] = format_datetime(now), make_msgid(domain=sender.rsplit("@", 1)[1])
    mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
    mail.set_content(message.text())
    return mail


def _code(refused: smtplib.SMTPRecipientsRefused) -> int:
    codes: list[int] = [code for code, _ in refused.recipients.values()]
    return min(codes, default=550)


Sender = Callable[[Connection, Message, datetime], None]


def sender_of(channel: Email | Webhook) -> Sender:
    """How a channel is told."""
    if isinstance(channel, Email):
        return lambda connection, message, now: send_email(channel, connection, message, now)
    return lambda connection, message, _: post(channel, connection, message)
