"""Personal data as it may be shown: enough to see that a column was read rightly, not enough to know who it is.

Data flow: staged field + value -> value as it is, or initials, the beginning of an e-mail, two signs of an identifier.
"""

import re
from collections.abc import Callable

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+")
_CURP = re.compile(r"\b[A-Z]{4}[0-9]{6}[A-Z]{6}[A-Z0-9][0-9]\b", re.IGNORECASE)
_LONG = 20
"""An answer longer than this may be a sentence of a person; codes and options are shorter."""


def initials(text: str) -> str:
    """«Ana María López» -> «A. M. L.»."""
    return " ".join(f"{word[0].upper()}." for word in text.split())


def email(text: str) -> str:
    """«ana.lopez@correo.mx» -> «ana…@…»; of a short name only its half."""
    local = text.partition("@")[0]
    return f"{local[: min(3, len(local) // 2)]}…@…"


def identifier(text: str) -> str:
    """Two signs and the length: whether it looks like a CURP can be seen, whose it is can't."""
    return f"{text[:2]}… ({len(text)})"


def answer(text: str) -> str:
    """An answer that is long enough to be a sentence, as its length."""
    return text if len(text) <= _LONG else f"… ({len(text)})"


def reference(text: str) -> str:
    """An account by its own number as it is; «EVENT/name shown» with the initials of the name."""
    event, slash, name = text.rpartition("/")
    return f"{event}/{initials(name)}" if slash and not name.isdigit() else text


_BY_FIELD: dict[str, Callable[[str], str]] = {
    "full_name": initials,
    "email": email,
    "legal_id": identifier,
    "employee_id": identifier,
}


def masked(entity: str, field: str, value: str, *, free_text: bool = False) -> str:
    """A value as it may be shown; e-mails and CURPs are found in any field, such as an account known by its e-mail."""
    if free_text:
        return f"… ({len(value)})"
    if field in _BY_FIELD:
        return _BY_FIELD[field](value)
    if entity == "answer" and field == "value":
        value = answer(value)
    if field in ("account_ref", "local_id"):
        value = reference(value)
    value = _EMAIL.sub(lambda found: email(found.group()), value)
    return _CURP.sub(lambda found: identifier(found.group()), value)


_PLAIN = re.compile(
    r"true|false|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?|-?[0-9]{1,7}([.][0-9]{1,4})?"
)


def shown(entity: str, field: str, value: str) -> str:
    """A value of a retained row as anybody may see it: whatever its column is for, anything may stand in it.

    Instants, dates, small numbers, true and false are as they are; of anything else its length, or initials where the
    column is for names.
    """
    if field in _BY_FIELD or field in ("account_ref", "local_id"):
        return masked(entity, field, value) if field in _BY_FIELD else identifier(value)
    return value if _PLAIN.fullmatch(value) and field != "value" else f"… ({len(value)})"
