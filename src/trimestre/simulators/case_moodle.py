"""The Moodle site of the case: course NEISP-2020-1 with everybody who moves a naive count.

Account ids and activity ids are those of the recorded site, so that a recorded answer and a simulated one
speak about the same kind of account under the same id.
"""

import random
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from trimestre.simulators.model import (
    MoodleActivity,
    MoodleCompletion,
    MoodleCourse,
    MoodleEnrolment,
    MoodleSite,
    MoodleUser,
)
from trimestre.simulators.people import PeopleMaker, Person, Sex, seeded

ZONE = ZoneInfo("America/Mexico_City")
COURSE_A, COURSE_PILOT, COURSE_HIDDEN = 2, 3, 5
M1, M2, M3, CERTIFICATE, LABEL, OLD_M2, FEEDBACK = 1, 2, 3, 4, 5, 6, 7
TEACHER, SUSPENDED_ENROLMENT, EXPIRED_ENROLMENT, SUSPENDED_ACCOUNT, DELETED, UNENROLLED = (
    474,
    475,
    476,
    477,
    478,
    479,
)
FIRST_LEARNER, COUNTED_LEARNERS = 5, 469
FAILED_M3 = (14, 245)
UNTICKED_M1 = (76, 281, 354)
NO_SEX, OVERRIDDEN, TWO_ENROLMENTS, NEVER_ENTERED = 334, 152, 66, 226
#: the second account of the person behind FIRST_ACCOUNT, who also obtains the certificate in the last second
SECOND_ACCOUNT, FIRST_ACCOUNT = 473, 130

#: How far the counted learners got; those who are pinned above are taken from these numbers.
_CERTIFIED_WOMEN, _CERTIFIED_MEN = 238, 139
_PASSED_WITHOUT_CERTIFICATE, _ONLY_M1, _ENTERED = 3, 5, 429
_OLD_M2_COMPLETIONS, _BACK_IN_Q3, _IN_A_GROUP = 50, 17, 350

INSTITUTIONS: tuple[tuple[str, str], ...] = (
    ("Secretaría de la Función Pública", "sfp.example"),
    ("Secretaría de Hacienda y Crédito Público", "hacienda.example"),
    ("Comisión Nacional Bancaria y de Valores", "cnbv.example"),
    ("Unidad de Inteligencia Financiera", "uif.example"),
    ("Secretaría de Economía", "economia.test"),
    ("Servicio de Administración Tributaria", "tributaria.test"),
)
_SEX_OPTION: dict[Sex, str] = {"mujer": "Mujer", "hombre": "Hombre"}


def local_epoch(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Epoch seconds of a local moment of the case."""
    return int(datetime(year, month, day, hour, minute, second, tzinfo=ZONE).timestamp())


OPENING = local_epoch(2020, 4, 7)
CLOSE = local_epoch(2020, 5, 18, 23, 59, 59)
#: "Now" of the site when the night comes: after the last access of everybody.
SITE_NOW = local_epoch(2020, 10, 5, 2, 0)


def build_moodle(seed: int, maker: PeopleMaker) -> tuple[MoodleSite, dict[int, Person]]:
    """The site, and the person behind each account of course A."""
    site = MoodleSite()
    _add_courses(site)
    rng = seeded(seed, "moodle")
    people = _add_counted_learners(site, rng, maker)
    _add_uncounted_accounts(site, rng, maker, people)
    _add_pilot(site, rng, maker)
    return site, people


def _add_courses(site: MoodleSite) -> None:
    course_a = "Nueva Ética e Integridad en el Servicio Público"
    summary = "<p>Curso en línea sobre la <b>nueva ética pública</b>.</p>"
    sections = ["General", "Sección 1", "Sección 2", "Sección 3", "Constancia"]
    site.courses[COURSE_A] = MoodleCourse(COURSE_A, "NEISP-2020-1", course_a, sections, OPENING, CLOSE, summary=summary)
    site.courses[COURSE_PILOT] = MoodleCourse(
        COURSE_PILOT, "EISP-PILOTO-2019", "Ética & Integridad en el Servicio Público (piloto)", list(sections),
        local_epoch(2019, 11, 4), local_epoch(2019, 11, 29, 23, 59, 59), methods=("manual",),
    )  # fmt: skip
    site.courses[COURSE_HIDDEN] = MoodleCourse(
        COURSE_HIDDEN, "OCULTO", "Curso oculto en preparación", ["General"],
        visible=False, completion_enabled=False, methods=("manual",),
    )  # fmt: skip
    notice = '<div class="no-overflow"><p>Aviso de <b>privacidad</b></p></div>'
    site.activities += [
        MoodleActivity(M1, COURSE_A, 1, "Módulo 1", "page", 1, 18, completion=1),
        MoodleActivity(LABEL, COURSE_A, 1, "Aviso", "label", 1, 22, intro=notice),
        MoodleActivity(M2, COURSE_A, 2, "Módulo 2", "page", 2, 19, completion=1),
        MoodleActivity(OLD_M2, COURSE_A, 2, "Módulo 2 (versión anterior)", "page", 4, 23, completion=1, visible=False),
        MoodleActivity(M3, COURSE_A, 3, "Módulo 3", "quiz", 1, 20, completion=2),
        MoodleActivity(CERTIFICATE, COURSE_A, 4, "Certificado", "page", 3, 21, completion=2),
        MoodleActivity(FEEDBACK, COURSE_A, 4, "Encuesta de opinión", "feedback", 1, 24),
        MoodleActivity(8, COURSE_PILOT, 1, "Módulo 1", "page", 5, 25, completion=1),
        MoodleActivity(9, COURSE_PILOT, 2, "Módulo 2", "page", 6, 26, completion=1),
        MoodleActivity(10, COURSE_PILOT, 3, "Módulo 3", "quiz", 2, 27, completion=2),
        MoodleActivity(11, COURSE_PILOT, 4, "Certificado", "page", 7, 28, completion=2),
        MoodleActivity(12, COURSE_PILOT, 4, "Encuesta anónima", "feedback", 2, 29),
    ]


def _plan(rng: random.Random) -> dict[int, str]:
    """How far each counted account gets: account id → reach."""
    pinned = dict.fromkeys(FAILED_M3, "failed")
    pinned |= dict.fromkeys(UNTICKED_M1, "unticked")
    pinned |= {NO_SEX: "entered", NEVER_ENTERED: "absent", SECOND_ACCOUNT: "absent"}
    pinned |= dict.fromkeys((FIRST_ACCOUNT, OVERRIDDEN, TWO_ENROLMENTS), "certified")
    certified = _CERTIFIED_WOMEN + _CERTIFIED_MEN
    before_m1 = _ENTERED - certified - _PASSED_WITHOUT_CERTIFICATE - len(FAILED_M3) - _ONLY_M1
    wanted = ["certified"] * certified + ["passed"] * _PASSED_WITHOUT_CERTIFICATE + ["m1"] * _ONLY_M1
    wanted += ["failed"] * len(FAILED_M3) + ["unticked"] * len(UNTICKED_M1)
    wanted += ["entered"] * (before_m1 - len(UNTICKED_M1)) + ["absent"] * (COUNTED_LEARNERS - _ENTERED)
    for reach in pinned.values():
        wanted.remove(reach)
    rng.shuffle(wanted)
    ids = range(FIRST_LEARNER, FIRST_LEARNER + COUNTED_LEARNERS)
    free = (user_id for user_id in ids if user_id not in pinned)
    return dict(sorted((pinned | dict(zip(free, wanted, strict=True))).items()))


def _sexes(plan: dict[int, str], rng: random.Random) -> dict[int, Sex]:
    certified = [user_id for user_id, reach in plan.items() if reach == "certified"]
    rng.shuffle(certified)
    women = set(certified[:_CERTIFIED_WOMEN])
    sexes: dict[int, Sex] = {}
    for user_id, reach in plan.items():
        woman = user_id in women if reach == "certified" else rng.random() < 0.6
        sexes[user_id] = "mujer" if woman else "hombre"
    sexes[SECOND_ACCOUNT] = sexes[FIRST_ACCOUNT]
    return sexes


def _add_counted_learners(site: MoodleSite, rng: random.Random, maker: PeopleMaker) -> dict[int, Person]:
    plan = _plan(rng)
    sexes = _sexes(plan, rng)
    people: dict[int, Person] = {}
    for user_id in plan:
        institution, domain = rng.choices(INSTITUTIONS, weights=(30, 20, 15, 15, 10, 10))[0]
        people[user_id] = maker.make(sexes[user_id], institution, domain)
        add_account(site, user_id, people[user_id])
    people[SECOND_ACCOUNT] = people[FIRST_ACCOUNT]
    add_account(site, SECOND_ACCOUNT, people[SECOND_ACCOUNT])
    site.users[SECOND_ACCOUNT].email = maker.other_email(people[SECOND_ACCOUNT], "personal.example")
    for user_id, reach in plan.items():
        _live_through(site, user_id, reach, rng)
        enrol(site, user_id)
    _pin_extras(site, plan, rng)
    _untidy_names(site, rng)
    return people


def add_account(site: MoodleSite, user_id: int, person: Person) -> None:
    """Open an account for somebody, with the profile fields the site asks for."""
    site.users[user_id] = MoodleUser(
        id=user_id,
        username=f"p{user_id - 4:04d}",
        firstname=person.given,
        lastname=person.surnames,
        email=person.email,
        sexo=_SEX_OPTION[person.sex],
        institucion=person.institution,
        puesto="Enlace",
        curp=person.curp,
    )


def enrol(site: MoodleSite, user_id: int, course_id: int = COURSE_A, **changes: object) -> None:
    """Add one enrolment, as student by hand unless ``changes`` says otherwise."""
    start = site.courses[course_id].startdate - 5 * 86400
    enrolment = MoodleEnrolment(user_id, course_id, timestart=start)
    for name, value in changes.items():
        setattr(enrolment, name, value)
    site.enrolments.append(enrolment)


def _steps(reach: str) -> list[int]:
    """The activities that somebody with this reach has a completion row of, in order."""
    return {
        "certified": [M1, M2, M3, CERTIFICATE],
        "passed": [M1, M2, M3],
        "failed": [M1, M2, M3],
        "m1": [M1],
        "unticked": [M1],
    }.get(reach, [])


def _live_through(site: MoodleSite, user_id: int, reach: str, rng: random.Random) -> None:
    """Give an account its accesses and completions, all inside the edition."""
    user = site.users[user_id]
    if reach == "absent":
        if rng.random() < 0.2:  # has been on the site but never in the course
            user.firstaccess = user.lastaccess = rng.randint(OPENING, CLOSE)
        return
    first = rng.randint(OPENING + 8 * 3600, OPENING + 27 * 86400)
    steps = _steps(reach)
    times = sorted(rng.sample(range(first + 600, CLOSE - 3600), len(steps)))
    for cmid, time in zip(steps, times, strict=True):
        state = 1
        if cmid == M3:
            state = 3 if reach == "failed" else 2
        site.completions[cmid, user_id] = MoodleCompletion(0 if reach == "unticked" else state, time)
    last = min((times[-1] if times else first) + rng.randint(60, 3000), CLOSE)
    user.firstaccess = first - rng.randint(0, 3600)
    user.lastaccess = site.course_access[COURSE_A, user_id] = last


def _pin_extras(site: MoodleSite, plan: dict[int, str], rng: random.Random) -> None:
    """What single accounts add: groups, the old module, an override, returns in the next quarter."""
    site.users[NO_SEX].sexo = ""
    site.completions[M1, OVERRIDDEN].override_by = TEACHER
    site.completions[CERTIFICATE, FIRST_ACCOUNT].time = CLOSE  # the very last second still counts
    site.users[FIRST_ACCOUNT].lastaccess = site.course_access[COURSE_A, FIRST_ACCOUNT] = CLOSE
    enrol(site, TWO_ENROLMENTS, method="self")
    certified = [user_id for user_id, reach in plan.items() if reach == "certified" and user_id != FIRST_ACCOUNT]
    for user_id in rng.sample(certified, _BACK_IN_Q3):
        time = rng.randint(local_epoch(2020, 7, 1, 0, 10), local_epoch(2020, 9, 30, 23, 50))
        site.users[user_id].lastaccess = site.course_access[COURSE_A, user_id] = time
    only_m1 = [user_id for user_id, reach in plan.items() if reach == "m1"]
    old_version = only_m1[:3] + rng.sample(certified, _OLD_M2_COMPLETIONS - 3)
    for user_id in old_version:
        time = site.users[user_id].firstaccess + rng.randint(3700, 86400)
        site.completions[OLD_M2, user_id] = MoodleCompletion(1, time)
    for user_id in rng.sample(list(plan), _IN_A_GROUP):
        site.groups[COURSE_A, user_id] = rng.choice(("UIF", "Hacienda", "Grupo, con coma"))
    for number, user_id in enumerate(rng.sample(certified, 2), start=1):
        site.users[user_id].idnumber = f"EMP-{number:05d}"


def _untidy_names(site: MoodleSite, rng: random.Random) -> None:
    """Decomposed accents, stray blanks and a nickname, as people and old imports leave them."""
    ids = list(site.users)
    for user_id in rng.sample([i for i in ids if not site.users[i].lastname.isascii()], 12):
        site.users[user_id].lastname = unicodedata.normalize("NFD", site.users[user_id].lastname)
    for user_id in rng.sample(ids, 8):
        site.users[user_id].firstname += " "
    for user_id in rng.sample(ids, 6):
        site.users[user_id].lastname = site.users[user_id].lastname.replace(" ", "  ", 1)
    nicknamed = site.users[rng.choice(ids)]
    nicknamed.firstname += " 'Pepe'"


def _add_uncounted_accounts(
    site: MoodleSite, rng: random.Random, maker: PeopleMaker, people: dict[int, Person]
) -> None:
    """Everybody in course A who is not of its target population."""
    institution, domain = INSTITUTIONS[2]
    wanted: dict[int, Sex] = {
        TEACHER: "mujer", SUSPENDED_ENROLMENT: "mujer", EXPIRED_ENROLMENT: "hombre",
        SUSPENDED_ACCOUNT: "hombre", DELETED: "mujer", UNENROLLED: "hombre",
    }  # fmt: skip
    for user_id, sex in wanted.items():
        people[user_id] = maker.make(sex, institution, domain)
        add_account(site, user_id, people[user_id])
    for user_id in (SUSPENDED_ENROLMENT, SUSPENDED_ACCOUNT, DELETED, UNENROLLED):
        _live_through(site, user_id, "certified", rng)
    _live_through(site, EXPIRED_ENROLMENT, "m1", rng)
    teacher = site.users[TEACHER]
    teacher.username, teacher.puesto = "docente", "Docente"
    teacher.firstaccess = OPENING - 5 * 86400
    teacher.lastaccess = site.course_access[COURSE_A, TEACHER] = CLOSE + 12 * 3600
    enrol(site, TEACHER, role="editingteacher")
    enrol(site, SUSPENDED_ENROLMENT, suspended=True)
    enrol(site, EXPIRED_ENROLMENT, timeend=CLOSE - 8 * 86400)
    for user_id in (SUSPENDED_ACCOUNT, DELETED, UNENROLLED):  # World takes the last two out again
        enrol(site, user_id)
    site.users[SUSPENDED_ACCOUNT].suspended = True


def _add_pilot(site: MoodleSite, rng: random.Random, maker: PeopleMaker) -> None:
    """A small edition of the year before, which the project's configuration does not use."""
    course = site.courses[COURSE_PILOT]
    for number in range(12):
        user_id = 600 + number
        person = maker.make(rng.choice(("mujer", "hombre")), *INSTITUTIONS[3])
        add_account(site, user_id, person)
        enrol(site, user_id, COURSE_PILOT)
        times = sorted(rng.sample(range(course.startdate, course.enddate), 5))
        user = site.users[user_id]
        user.firstaccess = times[0]
        user.lastaccess = site.course_access[COURSE_PILOT, user_id] = times[4]
        for cmid, time, state in zip((8, 9, 10, 11), times[1:], (1, 1, 2, 1), strict=True):
            site.completions[cmid, user_id] = MoodleCompletion(state, time)
