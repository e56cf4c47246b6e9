"""Synthetic people: names, e-mails and CURPs that nobody real has.

Every CURP is valid in pattern and check digit, and carries the birth state ``NE`` (born abroad) so that it
cannot be taken for one of the register. E-mails live in the reserved domains ``.example`` and ``.test``.
"""

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Sex = Literal["mujer", "hombre"]

CURP_PATTERN = re.compile(r"^[A-Z][AEIOUX][A-Z]{2}\d{6}[HM][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d$")
_CURP_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_SEX_LETTER: dict[Sex, str] = {"mujer": "M", "hombre": "H"}
#: Four-letter beginnings that the register avoids; a few of its list are enough for the names below.
_RUDE = frozenset({"BUEI", "CACA", "CAGO", "COGE", "CULO", "LOCA", "LOCO", "MEAR", "MION", "MULA", "PEDO", "RUIN"})

_WOMEN = (
    "Adriana", "Alejandra", "Ana", "Beatriz", "Cecilia", "Claudia", "Daniela", "Elena", "Fernanda",
    "Gabriela", "Guadalupe", "Inés", "Itzel", "Jimena", "Laura", "Leticia", "Lucía", "Mariana", "Mónica",
    "Norma", "Patricia", "Renata", "Rocío", "Sofía", "Verónica", "Xóchitl", "Yolanda", "Zoë", "María José",
    "María del Carmen", "Ana Sofía",
)  # fmt: skip
_MEN = (
    "Alejandro", "Andrés", "Benjamín", "Carlos", "Daniel", "Eduardo", "Emilio", "Fernando", "Germán",
    "Héctor", "Ignacio", "Íñigo", "Joaquín", "Jorge", "Luis", "Manuel", "Martín", "Miguel", "Nicolás",
    "Óscar", "Pablo", "Rafael", "Raúl", "Ricardo", "Rubén", "Sergio", "Tomás", "Víctor", "José Ángel",
    "Juan José", "Luis Ángel",
)  # fmt: skip
_SURNAMES = (
    "Aguilar", "Argüello", "Ávila", "Bolaños", "Cárdenas", "Castañeda", "Chávez", "Cortés", "D'Angelo",
    "De la Cruz", "Del Río", "Domínguez", "Escobar", "Fernández", "Flores", "García", "Gómez", "Güemes",
    "Hernández", "Ibáñez", "Íñiguez", "Jiménez", "Juárez", "López", "Luna", "Márquez", "Martínez", "Mendoza",
    "Muñoz", "Núñez", "O'Farrill", "Ochoa", "Órnelas", "Ortiz", "Pacheco", "Peña", "Pérez", "Quiñones",
    "Ramírez", "Ríos", "Rodríguez", "Salazar", "Sánchez", "Sepúlveda", "Tamayo", "Torres", "Ureña",
    "Vázquez", "Villaseñor", "Xicoténcatl", "Yáñez", "Zúñiga",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One human of the case; accounts in the sources point back to one of these."""

    given: str
    surnames: str
    sex: Sex
    institution: str
    email: str
    curp: str

    @property
    def full_name(self) -> str:
        """Given names and both surnames, as a list of attendance shows them."""
        return f"{self.given} {self.surnames}"


def seeded(seed: int, part: str) -> random.Random:
    """A generator of its own per part, so that a change in one part does not move the others."""
    return random.Random(f"{seed}:{part}")  # noqa: S311 - reproducible fiction, nothing secret


def wall_clock(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A local time without zone, as the files and LimeSurvey hold it: the zone is for the reader to know."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the platforms themselves write no zone


def ascii_only(text: str) -> str:
    """Fold accents and Ñ to plain letters, as e-mail addresses do."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def curp_check_digit(first_17: str) -> str:
    """Check digit over the first 17 characters (facts, forms and exports, 7.1)."""
    total = sum(_CURP_ALPHABET.index(char) * (18 - place) for place, char in enumerate(first_17))
    return str((10 - total % 10) % 10)


def is_valid_curp(curp: str) -> bool:
    """Whether pattern and check digit hold."""
    return bool(CURP_PATTERN.match(curp)) and curp_check_digit(curp[:17]) == curp[17]


def make_curp(given: str, paternal: str, maternal: str, sex: Sex, birth_date: str, homoclave: str) -> str:
    """Build a CURP as the register does; ``birth_date`` is ``AAMMDD``, the birth state is always ``NE``."""
    first, second, name = _curp_word(paternal), _curp_word(maternal), _curp_given(given)
    letters = first[0] + _inner(first, "AEIOU") + second[0] + name[0]
    if letters in _RUDE:
        letters = letters[0] + "X" + letters[2:]
    inner = "".join(_inner(word, "BCDFGHJKLMNPQRSTVWXYZ") for word in (first, second, name))
    body = f"{letters}{birth_date}{_SEX_LETTER[sex]}NE{inner}{homoclave}"
    return body + curp_check_digit(body)


def _curp_word(surname: str) -> str:
    """The part of a surname that counts: without particles, apostrophes and accents; Ñ is written X."""
    spelled = ascii_only(surname.upper().replace("Ñ", "X").replace("'", ""))
    words = [word for word in spelled.split() if word not in {"DE", "DEL", "LA", "LAS", "LOS", "Y"}]
    return words[0]


def _curp_given(given: str) -> str:
    """The given name that counts: the second one after José or María, as the register does."""
    words = given.split()
    if len(words) > 1 and ascii_only(words[0].upper()) in {"JOSE", "MARIA", "J", "MA"}:
        words = words[1:]
    return _curp_word(" ".join(words))


def _inner(word: str, wanted: str) -> str:
    return next((char for char in word[1:] if char in wanted), "X")


class PeopleMaker:
    """Draws people one after another; names, e-mails and CURPs never repeat within one maker."""

    def __init__(self, seed: int) -> None:
        self._rng = seeded(seed, "people")
        self._names: set[str] = set()
        self._curps: set[str] = set()
        self._number = 0

    def make(self, sex: Sex, institution: str, domain: str) -> Person:
        """One more person, with an e-mail in ``domain`` (which must end in ``.example`` or ``.test``)."""
        given, paternal, maternal = self._unused(lambda: self._draw_name(sex), self._names)
        curp = self._unused(lambda: (self._draw_curp(given, paternal, maternal, sex),), self._curps)[0]
        self._number += 1
        local = re.sub(r"[^a-z]", "", ascii_only(f"{given.split()[0]}{paternal}").lower())
        email = f"{local}.{self._number:04d}@{domain}"
        return Person(given, f"{paternal} {maternal}", sex, institution, email, curp)

    def other_email(self, person: Person, domain: str) -> str:
        """A second address of the same person, as somebody has who registers on another platform."""
        self._number += 1
        initials = ascii_only(person.given[0] + person.surnames.split()[-1]).lower()
        return f"{re.sub(r'[^a-z]', '', initials)}{self._number:04d}@{domain}"

    def _draw_name(self, sex: Sex) -> tuple[str, str, str]:
        given = self._rng.choice(_WOMEN if sex == "mujer" else _MEN)
        paternal, maternal = self._rng.sample(_SURNAMES, 2)
        return given, paternal, maternal

    def _draw_curp(self, given: str, paternal: str, maternal: str, sex: Sex) -> str:
        birth = f"{self._rng.randint(58, 97):02d}{self._rng.randint(1, 12):02d}{self._rng.randint(1, 28):02d}"
        return make_curp(given, paternal, maternal, sex, birth, str(self._rng.randint(0, 9)))

    @staticmethod
    def _unused(draw: Callable[[], tuple[str, ...]], taken: set[str]) -> tuple[str, ...]:
        while True:
            parts = draw()
            key = "|".join(parts)
            if key not in taken:
                taken.add(key)
                return parts
