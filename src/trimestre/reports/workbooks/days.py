"""When something happened, as people write it in Spanish: «a mediados de junio», «del 5 al 9 de mayo», «mayo y junio».

Data flow: words + quarter of the report -> first and last local day that they may mean; ``None`` = not understood.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta

from trimestre.periods import Period

Span = tuple[date, date]

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_MONTH = {name: number for number, name in enumerate(_MONTHS, start=1)} | {"setiembre": 9}
_ORDINALS = {"primer": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercer": 3, "tercera": 3, "cuarto": 4, "cuarta": 4}

_M = rf"(?P<month>{'|'.join(_MONTH)})"
_Y = r"(?: (?:del?|del ano) (?P<year>\d{4})| (?P<year2>\d{4}))?"
_D = r"(?P<day>\d{1,2})"
_ORD = rf"(?P<nth>{'|'.join(_ORDINALS)}|ultima|ultimo)"

_LEADING = re.compile(
    r"^(?:(?:a|al|en|el|la|los|las|lo|por|hacia|durante|desde|del?|dia|dias|mes|todo|toda|alrededor|aproximadamente|largo|entre|"
    r"lunes|martes|miercoles|jueves|viernes|sabado|domingo|semana) )+"
)
_NUMERIC = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_DAY = re.compile(rf"^{_D} de {_M}{_Y}$")
_DAYS = re.compile(rf"^(?P<days>\d{{1,2}}(?:(?:, ?| y | al? | ?- ?)\d{{1,2}})+) de {_M}{_Y}$")
_WHOLE = re.compile(rf"^{_M}{_Y}$")
_PART = re.compile(
    r"^(?P<part>principios?|inicios?|comienzos?|primeros dias|mediados?|finales|final|fines|fin|ultimos dias) "
    rf"(?:de |del mes de ){_M}{_Y}$"
)
_FORTNIGHT = re.compile(rf"^{_ORD} quincena (?:de |del mes de ){_M}{_Y}$")
_WEEK = re.compile(rf"^{_ORD} semana (?:de |del mes de ){_M}{_Y}$")
_QUARTER = re.compile(rf"^{_ORD} (?P<unit>trimestre|semestre|bimestre){_Y}$")
_THIS_QUARTER = re.compile(r"^(?:el |este )?(?:trimestre|periodo)(?: que se informa)?$")
_BETWEEN = (" hasta ", " al ", " a ", " y ", ", ", " - ", "-")
_PARTS = {"prin": (1, 10), "inic": (1, 10), "comi": (1, 10), "prim": (1, 10), "medi": (11, 20)}


def understand(text: str, period: Period) -> Span | None:
    """The days that words may mean; a year that is not said is the one that is nearest to the quarter."""
    return _understand(_plain(text), period, None)


def _plain(text: str) -> str:
    """Lower case without accents, one blank between words, «1º» and «primero de» as 1."""
    plain = unicodedata.normalize("NFD", text.replace("\u2013", "-").replace("\u2014", "-"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).lower().strip(" .;")
    plain = re.sub(r"(\d)\s*[ºo°](?=\s|$)", r"\1", plain)
    plain = re.sub(r"\bprimero de\b", "1 de", plain)
    plain = re.sub(r"\b(y|al?|hasta) (?:el|la|los) (?=\d)", r"\1 ", plain)
    return re.sub(r"\s+", " ", plain)


def _understand(text: str, period: Period, right: re.Match[str] | None) -> Span | None:
    """One expression, or two with a word between them; ``right`` lends its year to what says none."""
    text = _LEADING.sub("", text)
    found = _single(text, period, right)
    return found or _several(text, period)


def _several(text: str, period: Period) -> Span | None:
    """«mayo y junio», «28 de mayo al 3 de junio de 2020», «finales de mayo y principios de junio»."""
    year = re.search(r"(\d{4})$", text)
    for between in _BETWEEN:
        left, found, rest = text.rpartition(between)
        if not found or not left.strip():
            continue
        last = _understand(rest.strip(), period, None)
        first = _understand(left.strip(), period, year)
        if first and last and first[0] <= last[1]:
            return first[0], max(first[1], last[1])
        if first and last and year and first[0].year == last[0].year:  # «diciembre y enero de 2021»
            first = _understand(f"{left.strip()} de {last[0].year - 1}", period, None)
            if first and first[0] <= last[1]:
                return first[0], last[1]
    return None


def _single(text: str, period: Period, right: re.Match[str] | None) -> Span | None:
    if match := _NUMERIC.match(text):
        return _days(int(match[3]), int(match[2]), [int(match[1])])
    if match := _ISO.match(text):
        return _days(int(match[1]), int(match[2]), [int(match[3])])
    if _THIS_QUARTER.match(text):
        return period.first_day(), period.next().first_day() - timedelta(days=1)
    if match := _QUARTER.match(text):
        return _part_of_year(match, period, right)
    for pattern in (_DAY, _DAYS, _WHOLE, _PART, _FORTNIGHT, _WEEK):
        if match := pattern.match(text):
            month = _MONTH[match["month"]]
            return _in_month(pattern, match, _year(match, month, period, right), month)
    return None


def _in_month(pattern: re.Pattern[str], match: re.Match[str], year: int, month: int) -> Span | None:
    if not date.min.year <= year <= date.max.year:
        return None
    last = monthrange(year, month)[1]
    if pattern is _DAY:
        return _days(year, month, [int(match["day"])])
    if pattern is _DAYS:
        return _days(year, month, [int(day) for day in re.findall(r"\d+", match["days"])])
    if pattern is _PART:
        return _days(year, month, [*_PARTS.get(match["part"][:4], (21, last))])
    if pattern is _FORTNIGHT:
        halves = {1: (1, 15), 2: (16, last), None: (16, last)}
        return _days(year, month, [*halves.get(_ORDINALS.get(match["nth"]), ())])
    if pattern is _WEEK:
        nth = _ORDINALS.get(match["nth"])
        return _days(year, month, [last - 6, last] if nth is None else [7 * nth - 6, 7 * nth])
    return _days(year, month, [1, last])


def _part_of_year(match: re.Match[str], period: Period, right: re.Match[str] | None) -> Span | None:
    months = {"bimestre": 2, "trimestre": 3, "semestre": 6}[match["unit"]]
    nth = _ORDINALS.get(match["nth"], 12 // months)
    if nth * months > 12:
        return None
    first, last = (nth - 1) * months + 1, nth * months
    year = _year(match, first, period, right, default=period.year)
    return (date(year, first, 1), date(year, last, monthrange(year, last)[1])) if 1 <= year <= 9999 else None


def _days(year: int, month: int, days: list[int]) -> Span | None:
    try:
        return (date(year, month, min(days)), date(year, month, max(days))) if days else None
    except ValueError:  # 31 de junio
        return None


def _year(
    match: re.Match[str], month: int, period: Period, right: re.Match[str] | None, *, default: int | None = None
) -> int:
    """The year that is said, else that of what stands right of it, else the nearest to the quarter."""
    said = match["year"] or match["year2"] or (right and right[1])
    if said:
        return int(said)
    middle = 12 * period.year + 3 * period.quarter - 2
    return default or min(
        (period.year - 1, period.year, period.year + 1), key=lambda year: (abs(12 * year + month - 1 - middle), year)
    )
