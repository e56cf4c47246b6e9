"""What is said of notices: one message a channel and pass, in Spanish, with what, why and what to do.

Data flow: Due -> Said -> Message -> text, or the JSON of a webhook.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

from trimestre.texts import NOTICE, NOTICES, PLACES
from trimestre.warehouse.decisions import is_personal
from trimestre.watching.ledger import GONE, Due, Event

_COUNTS = ("rows", "records")
"""Details that may be thousands; numbers of batches have no commas."""
LONGEST = 600
"""Characters of a technical message; the rest stands in Airflow's log."""


@dataclass(frozen=True)
class Said:
    """One notice in words."""

    kind: str
    subject: str
    event: Event | Literal["gone"]
    title: str
    what: str
    why: str
    do: str
    link: str

    @property
    def heading(self) -> str:
        """The title in its frame, one line."""
        return NOTICE[self.event].format(title=self.title)

    def text(self) -> str:
        """The notice as plain text; of an end only what happened."""
        parts = {"what": self.what} if self.event != "opened" else {"what": self.what, "why": self.why, "do": self.do}
        lines = [self.heading, *(NOTICE[name].format(text=text) for name, text in parts.items())]
        return "\n".join([*lines, NOTICE["link"].format(link=self.link)] if self.link else lines)


@dataclass(frozen=True)
class Message:
    """What one pass tells one channel."""

    notices: Sequence[Said]
    project: str

    @property
    def heading(self) -> str:
        """One line that tells what it is about."""
        first = self.notices[0]
        if len(self.notices) == 1:
            return first.heading
        return NOTICE["several"].format(count=len(self.notices), title=first.title)

    def text(self) -> str:
        """The whole message as plain text."""
        return "\n\n".join([*(one.text() for one in self.notices), NOTICE["foot"].format(project=self.project)])

    def body(self, form: str) -> dict[str, Any]:
        """What a webhook gets: ``text``, ``teams`` or ``json``."""
        if form == "json":
            return {"project": self.project, "notices": [asdict(one) for one in self.notices]}
        # An error may quote the name of a file, which whoever delivers it chose: neither a link under another name
        # (Mattermost, Teams) nor a call to everybody (Slack, whose signs are escaped as in HTML).
        text = self.text().replace("](", "] (")
        if form == "text":
            return {"text": escape(text, quote=False)}
        blocks = [{"type": "TextBlock", "text": part, "wrap": True} for part in text.split("\n") if part]
        card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
        return {
            "type": "message",
            "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
        }


def said(due: Due, page: str) -> Said:
    """A notice in words; ``page`` = address of the page, empty = no links."""
    return worded(due.notice.kind, due.notice.subject, due.notice.details, due.event, page)


def worded(kind: str, subject: str, details: Mapping[str, Any], event: Event = "opened", page: str = "") -> Said:
    """An incident in words; a kind that this version does not know is told by its name."""
    texts = NOTICES.get(kind) or dict.fromkeys(("title", "what", "why", "do", "recovered", "path"), "") | {
        "title": kind, "what": subject,
    }  # fmt: skip
    told = _Told({name: _one_line(f"{value:,}" if name in _COUNTS else value) for name, value in details.items()})
    if "place" in told:
        told["place"] = PLACES.get(told["place"], told["place"])
    gone = event == "recovered" and bool(details.get(GONE))
    ended = NOTICE["gone_what"].format_map(told) if gone else texts["recovered"].format_map(told)
    words = {name: text.format_map(told).strip() for name, text in texts.items()}
    return Said(
        kind=kind,
        subject=subject,
        event="gone" if gone else event,
        title=words["title"],
        what=ended if event == "recovered" else words["what"],
        why=words["why"],
        do=words["do"],
        link=page.rstrip("/") + (words["path"] or "/") if page else "",
    )


class _Told(dict[str, str]):
    """What a notice says; of an older version's notice something may be missing."""

    def __missing__(self, key: str) -> str:
        return "…"


def _one_line(value: object) -> str:
    """Text without line breaks, which would end a header, without what may be personal, no longer than is read."""
    text = " ".join(str("" if value is None else value).split())
    if is_personal(text):
        return NOTICE["held_back"]
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
