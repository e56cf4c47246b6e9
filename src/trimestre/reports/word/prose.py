"""Numbers that people typed and that are not those of the tables: found to be told, never to be changed.

It would rather miss one than cry wolf: a number belongs to an indicator only where its unit follows the number and its
name stands between the numbers before and after («Se certificaron 405 personas»), its name stands just before
(«certificados descargados: 410»), or its code does. Every figure that is told of that indicator (categories, targets,
quarters before, what lacks to them) is right; so is one of another indicator that the sentence names. Days, years, what
will be and what is denied («12 personas no certificadas») are no figures of the quarter.

Data flow: paragraphs without deleted text and without controls + Quarter -> disagreements.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trimestre.contracts.indicators import ADDITIVE, Indicator
from trimestre.indicators.status import rounded
from trimestre.reports import words
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.word.controls import paragraph_texts, tag_of
from trimestre.reports.word.package import Element, w
from trimestre.reports.word.values import shares

_SENTENCE = re.compile(r"(?<=[.;!?])\s+")
_NUMBER = re.compile(
    r"(?<![\w.,/\-])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<percent>%|por ciento\b|percent\b)?"
    r"(?![\w/\-]|[.,]\d)"
)
_DAYS = re.compile(
    r"\b\d{1,2}(?:º|o)?(?:(?:, | y | al? | ?[-–] ?)\d{1,2})* (?:de )?"
    r"(?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic|jan|apr|aug|dec)[a-z]*(?: (?:del? )?\d{4})?\b"
    r"|(?<= de )(?:19|20)\d\d\b|(?<=\b[Ee]n )(?:19|20)\d\d\b|(?<=\b[Ii]n )(?:19|20)\d\d\b",
    re.IGNORECASE,
)
"""«27 de mayo de 2020», «del 1 al 30 de junio», «en 2020»: a year alone only where it can be nothing else."""
_TO_COME = re.compile(r"\b(?:\w+[aei]r(?:á|án)|habrán?|will)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:no|sin|not|without)\b", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)")
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_MEANINGLESS = {
    "a", "al", "cada", "con", "de", "del", "el", "en", "entre", "la", "las", "los", "para", "por", "que", "se", "su",
    "sus", "un", "una", "y", "and", "at", "by", "each", "for", "from", "in", "of", "on", "per", "the", "to", "with",
}  # fmt: skip
_STEM = 5
"""Letters by which words are compared: «certificadas» and «certificaron» are the same."""

_CONTROL = "\ufffc"
"""In place of what a control says: its figure is right by itself."""


@dataclass(frozen=True)
class Disagreement:
    """A number in the prose that no figure of its indicator is."""

    text: str
    """The sentence."""
    number: str
    """As it was typed."""
    indicator: str
    """Code."""
    expected: str
    """The indicator's total, as it is printed."""


@dataclass(frozen=True)
class _Named:
    """By which words an indicator is known, in one language."""

    name: frozenset[str]
    """Stems."""
    unit: frozenset[str]
    """Whole words in the singular: «personas inscritas» are no «inscripciones»."""


def disagreements(tree: Element, quarter: Quarter) -> Iterator[Disagreement]:
    """The numbers of a part that disagree, in their order."""
    for paragraph in tree.iter(w("p")):
        if any(above.tag == w("sdt") and tag_of(above).startswith("table:") for above in paragraph.iterancestors()):
            continue
        for sentence in _SENTENCE.split(_text(paragraph)):
            yield from in_sentence(sentence, quarter)


def in_sentence(sentence: str, quarter: Quarter) -> Iterator[Disagreement]:
    """The numbers of one sentence that are about an indicator and none of its figures."""
    if _TO_COME.search(sentence):
        return
    said = _DAYS.sub(lambda day: re.sub(r"\d", "x", day[0]), sentence)
    stems = {_stem(word) for word in _WORD.findall(said)}
    for found in _NUMBER.finditer(said):
        number = Decimal(found["number"].replace(",", ""))
        about = [
            figure for figure in quarter.figures if _is_about(figure.indicator, said, found, bool(found["percent"]))
        ]
        if not about or any(_knows(figure, number) for figure in about):
            continue
        others = [figure for figure in quarter.figures if _is_named(figure.indicator, stems)]
        if not any(_knows(figure, number) for figure in others):
            figure = about[0]
            expected = words.value_text(figure.indicator, figure.total)
            yield Disagreement(" ".join(sentence.split()), found[0].strip(), figure.indicator.code, expected)


def _is_about(indicator: Indicator, sentence: str, found: re.Match[str], percent: bool) -> bool:
    left, right = _near(sentence[: found.start()], -1), _near(sentence[found.end() :], 1)
    before, after = _words(left), _words(right)
    if indicator.code.lower() in before[-3:]:
        return True
    if percent != words.is_percent(indicator) or indicator.stages or _DENIED.match(" ".join(after[1:2])):
        return False
    around = {_stem(word) for word in (*before, *_words(_DENIED.split(right)[0]))}
    telling = [word for word in before if word not in _MEANINGLESS]
    for named in _names(indicator):
        own = named.name - {unit[:_STEM] for unit in named.unit}
        near = {_stem(word) for word in (*telling[-5:], *(after[:5] if percent else ()))}
        just_before = {_stem(word) for word in before[-3:]}
        if percent and len(own & near) >= min(2, len(own)) > 0:
            return True
        if not percent and named.unit & {_singular(word) for word in after[:2]} and own & around:
            return True
        if not percent and len(named.name) > 1 and named.name <= around and named.name & just_before:
            taken = len(left) < found.start() and _stem(before[0]) in named.name  # «400 personas certificadas, 28 de»
            return not taken and named.name <= {_stem(word) for word in before}
    return False


def _is_named(indicator: Indicator, stems: set[str]) -> bool:
    """Whether a sentence holds every word of an indicator's name."""
    return any(len(named.name) > 1 and named.name <= stems for named in _names(indicator))


def _near(text: str, side: int) -> str:
    """What stands next to a number, up to the next one: ``side`` -1 = before it, 1 = after it."""
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return text
    return text[numbers[-1].end() :] if side < 0 else text[: numbers[0].start()]


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _names(indicator: Indicator) -> Iterator[_Named]:
    for name, unit in ((indicator.name.es, indicator.unit), (indicator.name.en, indicator.unit_en)):
        bare = _ASIDE.sub("", name)  # nobody writes «personas certificadas (únicas)» in a sentence
        yield _Named(frozenset(map(_stem, _meaning(bare))), frozenset(map(_singular, _meaning(unit))))


def _meaning(text: str) -> list[str]:
    found = (word.lower() for word in _WORD.findall(text))
    return [word for word in found if word not in _MEANINGLESS and not word[0].isdigit()]


def _stem(word: str) -> str:
    return _plain(word)[:_STEM]


def _singular(word: str) -> str:
    plain = _plain(word)
    return plain.removesuffix("es") if plain.endswith("nes") else plain.removesuffix("s")


def _plain(word: str) -> str:
    parts = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _knows(figure: Figure, number: Decimal) -> bool:
    """Whether a number is one of the figures of an indicator, as precise as it was written."""
    exponent = number.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return any(rounded(value, decimals) == number for value in _told(figure))


def _told(figure: Figure) -> Iterator[Decimal]:
    cells = (*figure.cells, *figure.reconciliation, *figure.spans)
    names = ("value", "numerator", "denominator", "target", "percent_of_target", "late", "added", "accumulated")
    found: list[Any] = [cell[name] for cell in cells for name in names]
    if figure.indicator.measure not in ADDITIVE:  # elsewhere n counts rows: certificates of persons, say
        found += [cell["n"] for cell in cells]
    found += [100 * cell["response_rate"] for cell in cells if cell["response_rate"] is not None]
    found += [
        value for point in figure.series for value in (point.value, point.target, point.numerator, point.denominator)
    ]
    found += shares(figure.of("sex"))
    found.append(figure.indicator.life_of_project_target)
    if figure.indicator.baseline:
        found.append(figure.indicator.baseline.value)
    known = [Decimal(str(value)) for value in found if value is not None]
    yield from known
    yield from _lacking(figure)


def _lacking(figure: Figure) -> Iterator[Decimal]:
    """What the total is above or below its target and the quarter before: «50 personas más que la meta»."""
    total, before = figure.total, figure.before
    if total is None or total["value"] is None:
        return
    for other in (total["target"], before.value if before else None):
        if other is not None:
            yield abs(Decimal(str(total["value"])) - Decimal(str(other)))


def _text(paragraph: Element) -> str:
    """What people typed in a paragraph and did not delete."""
    parts = []
    for element in paragraph_texts(paragraph):
        held = any(above.tag == w("sdt") and "/" in tag_of(above) for above in element.iterancestors())
        parts.append(_CONTROL if held else element.text or "")
    return "".join(parts)
