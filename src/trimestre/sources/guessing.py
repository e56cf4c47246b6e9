"""What a column of a sample seems to hold, without giving away who wrote it.

Data flow: heading + cells -> Guess: a type, the formats of its dates, and the options that were chosen more than once.
Whoever reads the guess sees no answer that a single person gave.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trimestre.sources.tabular.matching import normal, plain

ANSWERS = 5
"""So many answers at least make a choice: of fewer nobody knows whether they are options."""
OPTIONS = 10
_LONGEST_OPTION = 200

_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?))?"
_ISO_TIME = re.compile(_ISO + r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y")
_TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(?:\.[0-9]+)?")
"""Longer ones are telephones, employee numbers, accounts."""
_WHO = re.compile(
    r"\b(?:nombres?|apellidos?|correos?|e-?mails?|curp|rfc|nss|telefonos?|celular(?:es)?|whatsapp|domicilio|direccion"
    r"|nacimiento|quien(?:es)?|participantes?|usuari[oa]s?|facilitador(?:a|es)?|instructor(?:a|es)?|docentes?|ponentes?"
    r"|empleados?|expediente|matricula|folio|cedula|credencial|pasaporte|cuenta|employee|account|passport"
    r"|names?|surnames?|phones?|address|username|birth|who)\b"
)
"""What a heading asks when its answers say who somebody is."""
_IDENTIFIER = re.compile(r"@|\b[A-Z]{3,4}[0-9]{6}[A-Z0-9]{3}|\d[\d ().-]{6,}\d", re.IGNORECASE)


@dataclass(frozen=True)
class Guess:
    """What a column seems to hold."""

    type: Literal["choice", "choices", "number", "date", "text"]
    options: tuple[str, ...] = ()
    """Texts of the options in order of first appearance: those that stand in two cells at least."""
    left_out: int = 0
    """Different texts that stand in one cell only: an option that is seldom chosen, or what somebody wrote."""
    formats: tuple[str, ...] = ()
    has_time: bool = False


def guess(heading: str, cells: Iterable[str], separator: str = "", blank: Iterable[str] = ()) -> Guess:
    """What the cells below a heading seem to hold; ``separator`` stands between two answers, ``blank`` is none.

    What may say who somebody is counts as text, and so does everything in doubt.
    """
    nothing = {normal(text) for text in blank}
    values = [text for cell in cells if (text := " ".join(cell.split())) and normal(text) not in nothing]
    if not values or says_who(heading):
        return Guess("text")
    times = times_in(values)
    if times is not None:
        return times
    if any(_IDENTIFIER.search(value) for value in values):
        return Guess("text")
    if all(_NUMBER.fullmatch(value) for value in values):
        return Guess("number")
    return _several(values, separator) or _one(values) or Guess("text")


def says_who(heading: str) -> bool:
    """Whether a heading asks who somebody is."""
    return bool(_WHO.search(plain(heading)))


def times_in(values: Sequence[str]) -> Guess | None:
    """Dates or times, with the format of all of them (none, where they are ISO 8601); null where they are neither.

    Where both orders of day and month fit, the day comes first.
    """
    different = set(values)
    iso = [_ISO_TIME.fullmatch(value) for value in different]
    if all(iso):
        return Guess("date", has_time=any(found and found["time"] for found in iso))
    for time in ("", *_TIMES):
        for day in _DAYS:
            form = f"{day} {time}".strip()
            if all(_is(value, form) for value in different):
                return Guess("date", formats=(form,), has_time=bool(time))
    return None


def _is(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 (only whether it can be read)
    except ValueError:
        return False
    return True


def _several(values: Sequence[str], separator: str) -> Guess | None:
    """Several answers in a cell: the parts are fewer than the ways to put them together, or prose has no such sign."""
    core = separator.strip()
    if not separator or not any(separator in value or (core and value.endswith(core)) for value in values):
        return None
    parts = [part for value in values for text in value.split(core or None) if (part := text.strip())]
    found = _repeated(parts)
    fewer = len({normal(part) for part in parts}) < len({normal(value) for value in values})
    if found is None or len(values) < ANSWERS or not (fewer or core == ";"):
        return None
    return Guess("choices", *found)


def _one(values: Sequence[str]) -> Guess | None:
    found = _repeated(values)
    return None if found is None or len(values) < ANSWERS else Guess("choice", *found)


def _repeated(texts: Sequence[str]) -> tuple[tuple[str, ...], int] | None:
    """The texts that stand there twice at least, and how many more there are; null where they look like no options.

    What people write themselves is seldom written twice: half of all must be.
    """
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(normal(text), text)
    counts = Counter(map(normal, texts))
    often = [form for form in first if counts[form] > 1]
    if len(first) > OPTIONS or not often or sum(counts[form] for form in often) * 2 < len(texts):
        return None
    if any(len(first[form]) > _LONGEST_OPTION for form in often):
        return None
    return tuple(first[form] for form in often), len(first) - len(often)
