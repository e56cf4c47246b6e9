"""The LimeSurvey site of the case: exit survey, survey of the event, an empty and an inactive one.

Question and group ids of 202001 are those of the recorded site. Times are naive local texts, as LimeSurvey
keeps them: nothing in the data says which zone.
"""

import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trimestre.simulators.model import (
    Attendee,
    Survey,
    SurveyOption,
    SurveyParticipant,
    SurveyQuestion,
    SurveySubquestion,
)
from trimestre.simulators.people import seeded, wall_clock

EXIT_SURVEY, EVENT_SURVEY, EMPTY_SURVEY, INACTIVE_SURVEY = 202001, 202002, 202005, 202006
ANONYMOUS_SURVEY = 202003
_EXIT_COMPLETE, _EXIT_INCOMPLETE = 60, 7
_EVENT_INCOMPLETE = 3
#: Complete answers of the event's survey by kind of organisation.
_EVENT_COMPLETE = {"Secretaría Ejecutiva Local": 9, "Academia": 8, "Sociedad civil": 5}

_COMMENTS = (
    "Excelente curso, aprendí muchísimo. ¡Gracias!", 'Dijo: "muy útil", pero \'largo\'; faltó práctica, más ejemplos',
    "Línea 1\r\nLínea 2\r\n\r\nLínea 4", "👏🎓 Felicidades 🇲🇽", "Faltó tiempo para concluir", "N/A", "NULL", "0", "007",
    '=HYPERLINK("http://malo.example","clic")', "<b>negritas</b> & 3 < 5 &amp;", "\tcon tabulador",
    " espacios al borde ", unicodedata.normalize("NFD", "Acentos descompuestos: más práctica"), "solo\nLF", "", "",
)  # fmt: skip
_OTHER_MATERIALS = ("Infografías", "Podcasts", 'Foro "externo"; blog')
_OTHER_INSTITUTIONS = ("Académica", "Organismo autónomo")
_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass
class AnonymousSurvey(Survey):
    """A survey that keeps neither who answered nor when."""

    def system_columns(self) -> list[str]:
        """As every survey's, without token and dates."""
        return [column for column in super().system_columns() if column not in ("token", "startdate", "datestamp")]


def anonymous_survey(seed: int, responses: int = 10) -> AnonymousSurvey:
    """An anonymised survey with complete responses; it is no part of the case. LimeSurvey dates them all 1980."""
    rng = seeded(seed, "anonymous survey")
    questions = [
        SurveyQuestion(41, 5, "C01", "L", "listradio", _both("¿Cómo está?", "How are you?"), options=_satisfaction())
    ]
    title = _both("Encuesta anónima de clima", "Anonymous climate survey")
    survey = AnonymousSurvey(ANONYMOUS_SURVEY, title, _ONE_GROUP, questions)
    for number in range(1, responses + 1):
        row = _system_values(survey, rng, number, wall_clock(2020, 5, 4), 5, complete=True)
        row |= {"submitdate": "1980-01-01 00:00:00", "C01": _score(rng)}
        survey.responses.append({column: row.get(column) for column in survey.columns()})
    return survey


def build_surveys(seed: int, attendees: list[Attendee]) -> dict[int, Survey]:
    """All four surveys by id."""
    rng = seeded(seed, "surveys")
    exit_survey, event_survey = _exit_survey(), _event_survey()
    _answer_exit_survey(exit_survey, rng)
    _answer_event_survey(event_survey, attendees, rng)
    empty = Survey(
        EMPTY_SURVEY, _both("Encuesta activa sin respuestas", "Active, empty survey"), _ONE_GROUP, _small(21)
    )
    inactive = Survey(
        INACTIVE_SURVEY, _both("Encuesta inactiva", "Inactive survey"), _ONE_GROUP, _small(31), active=False
    )
    return {survey.sid: survey for survey in (exit_survey, event_survey, empty, inactive)}


def _both(spanish: str, english: str) -> dict[str, str]:
    return {"es-MX": spanish, "en": english}


_ONE_GROUP = {5: _both("General", "General")}


def _scale(*labels: tuple[str, str]) -> list[SurveyOption]:
    """Five-point scale A1…A5, scored 1…5."""
    return [SurveyOption(f"A{n}", _both(*label), n) for n, label in enumerate(labels, start=1)]


def _agreement() -> list[SurveyOption]:
    return _scale(
        ("Totalmente en desacuerdo", "Strongly disagree"),
        ("En desacuerdo", "Disagree"),
        ("Ni de acuerdo ni en desacuerdo", "Neither"),
        ("De acuerdo", "Agree"),
        ("Totalmente de acuerdo", "Strongly agree"),
    )


def _satisfaction() -> list[SurveyOption]:
    return _scale(
        ("Muy insatisfecho", "Very dissatisfied"),
        ("Insatisfecho", "Dissatisfied"),
        ("Neutral", "Neutral"),
        ("Satisfecho", "Satisfied"),
        ("Muy satisfecho", "Very satisfied"),
    )


def _subquestions(first_qid: int, *labels: tuple[str, str]) -> list[SurveySubquestion]:
    return [SurveySubquestion(first_qid + n, f"SQ{n + 1:03d}", _both(*label)) for n, label in enumerate(labels)]


def _small(qid: int) -> list[SurveyQuestion]:
    return [SurveyQuestion(qid, 5, "P01", "T", "longfreetext", _both("Comentarios", "Comments"))]


def _exit_survey() -> Survey:
    agreement = _subquestions(
        11,
        ("El contenido fue claro", "The content was clear"),
        ("La plataforma fue fácil de usar", "The platform was easy"),
        ("Lo aprendido es útil en mi trabajo", "Useful at work"),
    )
    materials = _subquestions(
        14, ("Videos", "Videos"), ("Lecturas", "Readings"), ("Foros", "Forums"), ("Ejercicios", "Exercises")
    )
    institutions = [
        SurveyOption(code, _both(label, label))
        for code, label in (("F", "Federal"), ("E", "Estatal"), ("M", "Municipal"))
    ]
    satisfied = _both(
        "<p>¿Qué tan satisfecho(a) está con el curso?</p>", "<p>How satisfied are you with the course?</p>"
    )
    questions = [
        SurveyQuestion(1, 1, "P01", "L", "listradio", satisfied, options=_satisfaction()),
        SurveyQuestion(
            2, 1, "P02", "F", "arrays/array",
            _both("Indique su grado de acuerdo con lo siguiente:", "State your agreement:"), _agreement(), agreement,
        ),
        SurveyQuestion(
            3, 1, "P03", "M", "multiplechoice", _both("¿Qué materiales utilizó?", "Which materials did you use?"),
            subquestions=materials, other=True,
        ),
        SurveyQuestion(4, 1, "P04", "N", "numerical", _both("¿Cuántas horas dedicó al curso?", "How many hours?")),
        SurveyQuestion(5, 1, "P05", "D", "date", _both("¿En qué fecha concluyó el curso?", "When did you finish?")),
        SurveyQuestion(6, 2, "P06", "G", "gender", _both("Sexo", "Gender")),
        SurveyQuestion(7, 2, "P07", "T", "longfreetext", _both("Comentarios y sugerencias", "Comments")),
        SurveyQuestion(8, 2, "P08", "Y", "yesno", _both("¿Recomendaría el curso?", "Would you recommend it?")),
        SurveyQuestion(
            9, 2, "P09", "S", "shortfreetext", _both("¿Por qué no lo recomendaría?", "Why not?"),
            relevance='((P08.NAOK == "N"))',
        ),
        SurveyQuestion(
            10, 2, "P10", "L", "listradio", _both("¿En qué tipo de institución labora?", "Kind of institution?"),
            options=institutions, other=True,
        ),
    ]  # fmt: skip
    groups = {
        1: _both("Valoración del curso", "About the course"),
        2: _both("Acerca de usted", "About you"),
    }
    title = _both("Encuesta de salida del curso", "Course exit survey")
    return Survey(EXIT_SURVEY, title, groups, questions, ipaddr=True, refurl=True)


def _event_survey() -> Survey:
    agreement = _subquestions(
        203,
        ("Las metodologías presentadas son aplicables", "The methodologies can be applied"),
        ("El tiempo fue suficiente", "There was enough time"),
    )
    questions = [
        SurveyQuestion(
            201, 3, "E01", "L", "listradio", _both("¿Qué tan útil fue la sesión?", "How useful was the session?"),
            options=_satisfaction(),
        ),
        SurveyQuestion(
            202, 3, "E02", "F", "arrays/array", _both("Indique su grado de acuerdo:", "State your agreement:"),
            _agreement(), agreement,
        ),
        SurveyQuestion(205, 4, "E03", "T", "longfreetext", _both("Comentarios", "Comments")),
    ]  # fmt: skip
    title = _both("Encuesta sobre metodologías de riesgos de corrupción", "Survey on corruption risk methodologies")
    groups = {3: _both("La sesión", "The session"), 4: _both("Comentarios", "Comments")}
    captions = {"attribute_1": "Institución", "attribute_2": "Sector"}
    return Survey(EVENT_SURVEY, title, groups, questions, attributes=captions, has_participants=True)


def _score(rng: random.Random) -> str:
    return rng.choices(("A1", "A2", "A3", "A4", "A5"), weights=(1, 2, 5, 20, 24))[0]


def _answer_exit_survey(survey: Survey, rng: random.Random) -> None:
    """67 rows in the order they were begun; every complete one has all scored items."""
    count = _EXIT_COMPLETE + _EXIT_INCOMPLETE
    incomplete = set(rng.sample(range(12, count + 1), _EXIT_INCOMPLETE))
    first, last = wall_clock(2020, 4, 20, 9, 0), wall_clock(2020, 6, 1, 20, 0)
    span = int((last - first).total_seconds())
    begun = sorted(first + timedelta(seconds=rng.randint(0, span)) for _ in range(count))
    unanswered_sex = set(rng.sample([i for i in range(1, count + 1) if i not in incomplete], 3))
    for number, start in enumerate(begun, start=1):
        minutes = 600 if number in (2, 31) else rng.randint(3, 40)  # some come back half a day later
        row = _system_values(survey, rng, number, start, minutes, complete=number not in incomplete)
        row |= _first_page(rng, complete=number not in incomplete)
        row |= _second_page(rng, number, number in unanswered_sex) if number not in incomplete else {}
        survey.responses.append({column: row.get(column) for column in survey.columns()})


def _system_values(
    survey: Survey, rng: random.Random, number: int, start: datetime, minutes: int, *, complete: bool
) -> dict[str, Any]:
    end = (start + timedelta(minutes=minutes)).strftime(_FORMAT)
    return {
        "id": number,
        "submitdate": end if complete else None,
        "lastpage": len(survey.groups) if complete else 1,
        "startlanguage": "en" if number % 9 == 5 else "es-MX",
        "seed": str(rng.randint(10_000_000, 999_999_999)),
        "startdate": start.strftime(_FORMAT),
        "datestamp": end,
        "ipaddr": f"192.0.2.{number}",  # documentation addresses: nobody's
        "refurl": rng.choice(("", "https://ejemplo.example/curso")),
    }


def _first_page(rng: random.Random, *, complete: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"P01": _score(rng)}
    row |= {f"P02[SQ{n:03d}]": _score(rng) for n in (1, 2, 3)}
    if not complete and rng.random() < 0.5:
        row["P02[SQ003]"] = ""
    row |= {f"P03[SQ{n:03d}]": rng.choice(("Y", "")) for n in (1, 2, 3, 4)}
    row["P03[other]"] = rng.choice(_OTHER_MATERIALS) if rng.random() < 0.2 else ""
    row["P04"] = rng.choice(("0", "7.25", "10", "12.5", "40", "120", None))
    finished = wall_clock(2020, 4, 10) + timedelta(days=rng.randint(0, 38))
    row["P05"] = finished.strftime(_FORMAT) if rng.random() < 0.9 else None
    return row


def _second_page(rng: random.Random, number: int, no_sex: bool) -> dict[str, Any]:
    recommends = rng.choices(("Y", "N", ""), weights=(8, 1, 1))[0]
    kind = rng.choices(("F", "E", "M", "-oth-"), weights=(8, 1, 1, 1))[0]
    return {
        "P06": "" if no_sex else rng.choices(("F", "M"), weights=(3, 2))[0],
        "P07": _COMMENTS[number % len(_COMMENTS)],
        "P08": recommends,
        # Not seen (hidden by relevance) is null; seen and skipped would be "".
        "P09": rng.choice(("Muy largo", "Poco práctico para municipios")) if recommends == "N" else None,
        "P10": kind,
        "P10[other]": rng.choice(_OTHER_INSTITUTIONS) if kind == "-oth-" else "",
    }


def _answer_event_survey(survey: Survey, attendees: list[Attendee], rng: random.Random) -> None:
    """Everybody who attended is invited; 22 answer completely, three begin and leave."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
    for tid, attendee in enumerate(attendees, start=1):
        given, *surnames = attendee.name.split(" ")
        # The invitations were typed anew: some addresses differ in case from the attendance list.
        email = attendee.email.capitalize() if tid % 17 == 0 else attendee.email
        attributes = {"attribute_1": attendee.institution, "attribute_2": attendee.organisation_type}
        token = "".join(rng.choices(alphabet, k=15))
        survey.participants.append(
            SurveyParticipant(tid, token, given, " ".join(surnames), email, attributes, sent="2020-05-27 18:05")
        )
    complete: list[SurveyParticipant] = []
    for kind, count in _EVENT_COMPLETE.items():
        of_kind = [p for p in survey.participants if p.attributes["attribute_2"] == kind]
        complete += rng.sample(of_kind, count)
    complete_tids = {participant.tid for participant in complete}
    rest = [p for p in survey.participants if p.tid not in complete_tids]
    begun = complete + rng.sample(rest, _EVENT_INCOMPLETE)
    rng.shuffle(begun)
    first = wall_clock(2020, 5, 27, 18, 30)
    minutes = sorted(rng.sample(range(0, 13 * 1440), len(begun)))
    for number, (participant, offset) in enumerate(zip(begun, minutes, strict=True), start=1):
        done = participant.tid in complete_tids
        start = first + timedelta(minutes=offset)
        row = _system_values(survey, rng, number, start, rng.randint(3, 25), complete=done)
        row |= {"token": participant.token, "E01": _score(rng)}
        row |= {f"E02[SQ{n:03d}]": _score(rng) if done else "" for n in (1, 2)}
        row["E03"] = _COMMENTS[number % len(_COMMENTS)] if done else None
        survey.responses.append({column: row.get(column) for column in survey.columns()})
        if done:
            participant.completed = str(row["submitdate"])[:16]
