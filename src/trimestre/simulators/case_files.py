"""What comes as files: the ministry's own platform, the attendance list and the typed-in values."""

import random
from datetime import datetime, timedelta

from trimestre.simulators.case_moodle import CERTIFICATE, INSTITUTIONS, NO_SEX, UNENROLLED
from trimestre.simulators.model import AttendanceLine, Attendee, CapturedValue, MoodleSite, SfpLearner
from trimestre.simulators.people import PeopleMaker, Person, Sex, seeded, wall_clock

#: How far the 41 got; of the certificates these many fall into the second quarter by local time.
_INVITED, _ENTERED, _M1, _M3 = 41, 36, 30, 28
_CERTIFIED_WOMEN, _CERTIFIED_MEN = 12, 16
_CERTIFIED_IN_Q2 = 21
#: Evening of 30 June: still the second quarter in Mexico City, already the third one in UTC.
_LATE_ON_30_JUNE = (wall_clock(2020, 6, 30, 19, 42), wall_clock(2020, 6, 30, 22, 15))
_LAST_MINUTES = (wall_clock(2020, 7, 1, 0, 5), wall_clock(2020, 7, 7, 23, 58))
_OPENING = wall_clock(2020, 6, 1, 9, 0)
_OVERLAP: tuple[Sex, ...] = ("mujer", "mujer", "hombre", "hombre", "hombre")
#: These places in ``_OVERLAP`` are known again by the e-mail alone, the others by the CURP alone.
_OVERLAP_BY_EMAIL = (1, 4)

EVENT_DATE = wall_clock(2020, 5, 27)
_ATTENDEES = (("Secretaría Ejecutiva Local", 34), ("Academia", 30), ("Sociedad civil", 25))
_ORGANISATIONS = {
    "Secretaría Ejecutiva Local": (
        "Secretaría Ejecutiva del Sistema Local Anticorrupción de Jalisco",
        "Secretaría Ejecutiva del Sistema Local Anticorrupción de Oaxaca",
        "Secretaría Ejecutiva del Sistema Local Anticorrupción de Sonora",
        "Secretaría Ejecutiva del Sistema Local Anticorrupción de Yucatán",
    ),
    "Academia": ("Universidad del Valle Alto", "Instituto de Estudios Públicos", "Colegio de la Meseta"),
    "Sociedad civil": (
        "Vigilantes del Gasto, A.C.",
        "Red por la Integridad",
        "Observatorio Ciudadano «Luz», A.C.",
    ),
}
_ORGANISATION_DOMAIN = {
    "Secretaría Ejecutiva Local": "sea.example",
    "Academia": "academia.test",
    "Sociedad civil": "osc.example",
}


def build_sfp(seed: int, maker: PeopleMaker, site: MoodleSite, people: dict[int, Person]) -> list[SfpLearner]:
    """The 41 of EISP-UIF-2020 in the order of their folio; five of them finished NEISP as well."""
    rng = seeded(seed, "sfp")
    overlap = _people_of_both(rng, site, people)
    certified: list[SfpLearner] = []
    for place, person in enumerate(overlap):
        certified.append(_again(person, place in _OVERLAP_BY_EMAIL, maker))
    sexes: list[Sex] = ["mujer"] * (_CERTIFIED_WOMEN - _OVERLAP.count("mujer"))
    sexes += ["hombre"] * (_CERTIFIED_MEN - _OVERLAP.count("hombre"))
    certified += [_newcomer(maker.make(sex, *INSTITUTIONS[3])) for sex in sexes]
    rng.shuffle(certified)
    _date_certified(certified, rng)
    others = [_newcomer(maker.make(rng.choice(("mujer", "hombre")), *INSTITUTIONS[3])) for _ in range(_INVITED - _M3)]
    _date_others(others, rng)
    others[-1].curp = ""
    learners = certified + others
    rng.shuffle(learners)
    for number, learner in enumerate(learners, start=1):
        learner.folio = f"SFP-{number:05d}"
        learner.enrolled_at = wall_clock(2020, 5, 25, 10, 0) + timedelta(minutes=37 * number)
    learners[3].name += " "
    learners[7].name = learners[7].name.replace(" ", "  ", 1)
    return learners


def _people_of_both(rng: random.Random, site: MoodleSite, people: dict[int, Person]) -> list[Person]:
    """Two women and three men with the NEISP certificate; they keep their own Moodle account untouched."""
    finished = [
        user_id for (cmid, user_id) in site.completions
        if cmid == CERTIFICATE and user_id < UNENROLLED - 5 and user_id != NO_SEX
    ]  # fmt: skip
    rng.shuffle(finished)
    chosen: list[Person] = []
    for sex in _OVERLAP:
        chosen.append(next(people[i] for i in finished if people[i].sex == sex and people[i] not in chosen))
    return chosen


def _newcomer(person: Person) -> SfpLearner:
    return SfpLearner(
        folio="",
        name=person.full_name,
        email=person.email,
        curp=person.curp,
        sex="Mujer" if person.sex == "mujer" else "Hombre",
        institution="Unidad de Inteligencia Financiera",
        enrolled_at=_OPENING,
        person=person,
    )


def _again(person: Person, by_email: bool, maker: PeopleMaker) -> SfpLearner:
    """Somebody of NEISP who registers here: the same e-mail typed differently, or only the same CURP."""
    learner = _newcomer(person)
    if by_email:
        learner.email, learner.curp = f" {person.email.upper()}  ", ""
    else:
        learner.email = maker.other_email(person, "uif.example")
    return learner


def _date_certified(learners: list[SfpLearner], rng: random.Random) -> None:
    start, quarter_end = wall_clock(2020, 6, 8, 9, 0), wall_clock(2020, 6, 30, 17, 30)
    early = [_between(rng, start, quarter_end) for _ in range(_CERTIFIED_IN_Q2 - len(_LATE_ON_30_JUNE))]
    july = [
        _between(rng, wall_clock(2020, 7, 1, 8, 0), wall_clock(2020, 7, 7, 18, 0))
        for _ in range(_M3 - _CERTIFIED_IN_Q2 - 2)
    ]
    moments = [*early, *_LATE_ON_30_JUNE, *july, *_LAST_MINUTES]
    for learner, moment in zip(learners, moments, strict=True):
        learner.certified_at = moment
        steps = sorted(_between(rng, _OPENING, moment - timedelta(minutes=40)) for _ in range(4))
        learner.entered_at, learner.module_1_at, learner.module_2_at, learner.module_3_at = steps


def _date_others(learners: list[SfpLearner], rng: random.Random) -> None:
    for place, learner in enumerate(learners):
        if place < _ENTERED - _M3:
            learner.entered_at = _between(rng, _OPENING, wall_clock(2020, 6, 20, 18, 0))
        if place < _M1 - _M3 and learner.entered_at:
            learner.module_1_at = _between(rng, learner.entered_at, wall_clock(2020, 7, 3, 18, 0))


def _between(rng: random.Random, start: datetime, end: datetime) -> datetime:
    """A moment in the interval, to the minute as the file shows it."""
    return start + timedelta(minutes=rng.randint(0, int((end - start).total_seconds() // 60)))


def build_attendance(seed: int, maker: PeopleMaker) -> tuple[list[AttendanceLine], list[Attendee]]:
    """The list as typed (with repeated and blank lines) and the 89 distinct attendees."""
    rng = seeded(seed, "event")
    attendees: list[Attendee] = []
    for kind, count in _ATTENDEES:
        for _ in range(count):
            organisation = rng.choice(_ORGANISATIONS[kind])
            person = maker.make(rng.choice(("mujer", "hombre")), organisation, _ORGANISATION_DOMAIN[kind])
            minute = EVENT_DATE + timedelta(hours=9, minutes=rng.randint(30, 75))
            attendees.append(Attendee(person.full_name, person.email, organisation, kind, minute))
    rng.shuffle(attendees)
    lines: list[AttendanceLine] = []
    for number, attendee in enumerate(attendees, start=1):
        lines.append(AttendanceLine(number, attendee))
        if number % 15 == 0 and number <= 60:  # the list was printed by blocks: four blank lines
            lines.append(AttendanceLine(None, None))
    for number in (4, 18, 33, 61):  # copied whole, with their number
        lines.append(AttendanceLine(number, attendees[number - 1]))
    for number, place in ((90, 11), (91, 47)):  # the same people typed again at the end
        lines.append(AttendanceLine(number, attendees[place - 1]))
    return lines, attendees


def build_captured() -> list[CapturedValue]:
    """Milestones and counts that people type in; a typed zero is a value, an empty cell is nothing."""
    rows: tuple[tuple[str, str, float | None, datetime, str, str], ...] = (
        ("L2-10", "2020-Q1", 1, wall_clock(2020, 3, 27), "plan_mapeo_2020-03.docx", "Etapa 1: en redacción"),
        ("L2-10", "2020-Q2", 3, wall_clock(2020, 6, 24), "mapeo_v3.docx", "Etapa 3: en revisión interna"),
        ("L1-01", "2020-Q2", 0, wall_clock(2020, 6, 30), "minuta_mvc_2020-06-30.pdf", "Cinco planeados"),
        ("L1-02", "2020-Q2", 0, wall_clock(2020, 6, 29), "correo_convenios_2020-06-29.pdf", "Firma en julio"),
        ("L1-01", "2020-Q3", None, wall_clock(2020, 7, 15), "minuta_mvc_2020-07-15.pdf", "Por capturar"),
    )
    return [CapturedValue(*row[:5], comment=row[5]) for row in rows]
