"""Telling: what stands in the ledger goes to every channel that does not know it yet.

A channel that fails holds up no other, and is told by the next pass. A process that dies between sending and noting it
tells that message twice, never none.

Data flow: ops.notice, notice_told -> Due -> Message -> sending -> ops.notice_told.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import read_yaml
from trimestre.contracts.framework import Framework
from trimestre.contracts.watching import Email, Notifications, Webhook
from trimestre.errors import ContractError, PermanentError, TransientError, TrimestreError
from trimestre.sources.base import Connection
from trimestre.texts import SENDING
from trimestre.warehouse.database import transaction
from trimestre.watching.conditions import Condition
from trimestre.watching.ledger import Due, Event, due, note_told, report
from trimestre.watching.messages import Message, said, worded
from trimestre.watching.sending import sender_of

log = logging.getLogger(__name__)

ConnectionOf = Callable[[str], Connection | None]
"""Name of a connection -> address and secrets, or None when there is none."""

_LOCK = 7_074_230_151
LONGEST_MESSAGE = 8_000
"""Signs of a message: Teams takes 28 KB of JSON, in which an accent has six, and Mattermost 16,383 signs."""


@dataclass
class Told:
    """What a pass told."""

    sent: list[str] = field(default_factory=list)
    """Channels that got a message."""
    failed: dict[str, TrimestreError] = field(default_factory=dict)
    """Channel -> why it could not be told."""

    def raise_failed(self) -> None:
        """Raise why channels could not be told: what may pass, unless nothing of it may."""
        if self.failed:
            passing = [error for error in self.failed.values() if isinstance(error, TransientError)]
            kind = TransientError if passing else PermanentError
            raise kind("\n".join(map(str, self.failed.values())))


def teller_of(engine: sa.Engine, project: Project | Path, connection_of: ConnectionOf, page: str = "") -> "Teller":
    """Who is told, by a project, or by two files only of the folder of one that may not be read as a whole; with one of
    these that can't be read nobody is, until it can."""
    if isinstance(project, Project):
        return _teller(engine, project.notifications, project.framework, connection_of, page)
    folder, notifications, framework = project / "framework", Notifications(), None
    try:
        if (folder / "notifications.yaml").exists():
            notifications = read_yaml(folder / "notifications.yaml", Notifications)
        framework = read_yaml(folder / "framework.yaml", Framework)
    except ContractError as error:
        log.warning("%s", error)
    return _teller(engine, notifications, framework, connection_of, page)


def _teller(
    engine: sa.Engine, notifications: Notifications, framework: Framework | None, connection_of: ConnectionOf, page: str
) -> "Teller":
    name = f"{framework.project} {framework.name}" if framework else ""
    return Teller(engine, notifications, connection_of, name, page)


def tell_unreadable(teller: "Teller", error: ContractError, now: datetime) -> Told:
    """Tell of a project that can't be read, which no look could see."""
    with transaction(teller.engine) as connection:
        report(connection, Condition("project_broken", "project", {"message": str(error)}), now)
    return teller.tell(now)


@dataclass(frozen=True)
class Teller:
    """Who is told, by what."""

    engine: sa.Engine
    notifications: Notifications
    connection_of: ConnectionOf
    project: str
    """As messages name it."""
    page: str = ""
    """Address of the page where the notifications give none; empty = no links."""

    def tell(self, now: datetime) -> Told:
        """Tell every channel what it has not been told; of two processes that do at once the second one waits."""
        told = Told()
        if not self.notifications.channels:
            return told
        with transaction(self.engine) as holding:
            holding.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            for name, channel in self._channels():
                with transaction(self.engine) as connection:
                    waiting = due(connection, name)
                if not waiting:
                    continue
                try:
                    for part in self._parts(waiting):
                        self._send(channel, self._message(part), now)
                        with transaction(self.engine) as connection:
                            note_told(connection, name, part, now)
                except TrimestreError as error:
                    told.failed[name] = error
                    continue
                told.sent.append(name)
        return told

    def _message(self, told: Sequence[Due]) -> Message:
        return Message([said(one, self.notifications.page or self.page) for one in told], self.project)

    def _parts(self, waiting: Sequence[Due]) -> Iterator[list[Due]]:
        """Notices in messages that every channel takes: of one too long for it none would ever arrive."""
        part: list[Due] = []
        for one in waiting:
            if part and len(self._message([*part, one]).text()) > LONGEST_MESSAGE:
                yield part
                part = []
            part.append(one)
        yield part

    def announce(self, kind: str, event: Event, now: datetime) -> Told:
        """Say something by every channel that stands in no ledger: a test, or that the warehouse does not answer."""
        told = Told()
        message = Message([worded(kind, kind, {}, event, self.notifications.page or self.page)], self.project)
        for name, channel in self._channels():
            try:
                self._send(channel, message, now)
            except TrimestreError as error:
                told.failed[name] = error
            else:
                told.sent.append(name)
        return told

    def _channels(self) -> Iterator[tuple[str, Email | Webhook]]:
        email = self.notifications.email
        channels = (*((email,) if email else ()), *self.notifications.webhooks)
        return zip(self.notifications.channels, channels, strict=True)

    def _send(self, channel: Email | Webhook, message: Message, now: datetime) -> None:
        connection = self.connection_of(channel.connection)
        if connection is None or not connection.host:
            raise PermanentError(
                SENDING["no_connection"].format(connection=channel.connection, variable=channel.connection.upper())
            )
        try:
            sender_of(channel)(connection, message, now)
        except ValueError as error:  # a port that is no number, a letter that a protocol can't say; it may be quoted
            said = SENDING["unsayable"].format(connection=channel.connection, kind=type(error).__name__)
            raise PermanentError(said) from None
