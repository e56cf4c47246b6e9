"""Names and e-mails as meetings show them, without what a platform or a device added.

Data flow: trimmed cell -> clean text, a name as it was typed; what would leave nothing of a name stays as it came.
"""

import re
from collections.abc import Callable, Mapping

_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_MARKS = re.compile(
    r"\s*[(\[]\s*(?:"
    r"guest|unverified|external|host|co-?host|me|organizer|presenter|attendee"
    r"|invitad[oa]s?|no verificad[oa]|sin verificar|extern[oa]|anfitri[oó]na?|co-?anfitri[oó]na?|yo"
    r"|organizador(?:a)?|moderador(?:a)?|asistente"
    r")(?:\s*,[^)\]]*)?\s*[)\]]\s*$",
    re.IGNORECASE,
)
"""Marks behind a name, in English and Spanish."""
_DEVICES = r"(?:iphone|ipad|ipod|macbook(?:\s+(?:air|pro))?|galaxy|android|celular|tel[eé]fono|tablet|laptop|pc)"
_DEVICE_OF = re.compile(rf"^{_DEVICES}\s+(?:de|del|of)\s+(?P<name>\S.*)$", re.IGNORECASE)
_OWNERS_DEVICE = re.compile(rf"^(?P<name>\S.*?)['\u2019\u00b4]s?\s+{_DEVICES}(?:\s*\([0-9]+\))?$", re.IGNORECASE)
_DEVICE = re.compile(rf"{_DEVICES}(?:\s*\([0-9]+\)|\s+[0-9]+)?", re.IGNORECASE)
_RENAMED = re.compile(r"^(?P<name>[^()]*[^()\s])\s*\((?P<original>[^()]*(?:\([^()]*\)[^()]*)*)\)$")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+")


def display_name(text: str) -> str:
    """A name without marks such as (Invitado), (Guest), (Unverified), and without the device that it was behind.

    «iPhone de Ana» is Ana; a mere «iPhone» stays: it is all that is known.
    """
    name = " ".join(_UNSEEN.sub("", text).split())
    while True:
        shorter = _MARKS.sub("", name)
        if not shorter or shorter == name:
            break
        name = shorter
    device = _DEVICE_OF.match(name) or _OWNERS_DEVICE.match(name)
    return device["name"] if device else name


def renamed_name(text: str) -> str:
    """A name as above, of «Name (Original name)» the first: what a person chose to be called tells more than the
    account's name, which often is a device or an office; unless the device is the first."""
    name = display_name(text)
    renamed = _RENAMED.match(name)
    if not renamed:
        return name
    chosen = display_name(renamed["name"])
    return display_name(renamed["original"]) or chosen if _DEVICE.fullmatch(chosen) else chosen


def email(text: str) -> str | None:
    """The address, in small letters, in a text such as ``Ana <Ana@dominio.example>``; nothing where it holds none or
    several. One account's e-mail is written alike in all its rows."""
    found = _ADDRESS.findall(_UNSEEN.sub("", text))
    return found[0].lower() if len(found) == 1 else None


CLEANED: Mapping[str, Callable[[str], str | None]] = {
    "display_name": display_name,
    "renamed_name": renamed_name,
    "email": email,
}
"""What a column's ``clean`` asks for -> the function that does it."""
