"""What the simulated platforms hold: plain mutable records, no behaviour.

Times of Moodle are epoch seconds (0 = none), times of LimeSurvey are naive local texts, times of the files
are local :class:`datetime.datetime` objects without zone: each as the platform itself keeps them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trimestre.simulators.people import Person


@dataclass
class MoodleUser:
    """One account of the Moodle site; an empty profile field is omitted from every answer."""

    id: int
    username: str
    firstname: str
    lastname: str
    email: str
    sexo: str = ""
    institucion: str = ""
    puesto: str = ""
    curp: str = ""
    idnumber: str = ""
    firstaccess: int = 0
    lastaccess: int = 0
    suspended: bool = False
    deleted: bool = False


@dataclass
class MoodleEnrolment:
    """One enrolment; an account may have several in one course and is still listed once."""

    user_id: int
    course_id: int
    role: str = "student"
    method: str = "manual"
    suspended: bool = False
    timestart: int = 0
    timeend: int = 0


@dataclass
class MoodleActivity:
    """One activity of a course; ``completion`` is 0 none, 1 by hand, 2 automatic."""

    cmid: int
    course_id: int
    section: int
    name: str
    modname: str
    instance: int
    contextid: int
    completion: int = 0
    visible: bool = True
    intro: str = ""


@dataclass
class MoodleCompletion:
    """State of one activity for one account: 0 not, 1 complete, 2 complete (passed), 3 complete (failed)."""

    state: int
    time: int
    override_by: int | None = None


@dataclass
class MoodleCourse:
    """One course; ``sections`` are the names in order, the first one being the general section."""

    id: int
    shortname: str
    fullname: str
    sections: list[str]
    startdate: int = 0
    enddate: int = 0
    summary: str = ""
    visible: bool = True
    completion_enabled: bool = True
    separate_groups: bool = False
    methods: tuple[str, ...] = ("manual", "self")


@dataclass
class MoodleSite:
    """The whole Moodle site."""

    users: dict[int, MoodleUser] = field(default_factory=dict)
    courses: dict[int, MoodleCourse] = field(default_factory=dict)
    activities: list[MoodleActivity] = field(default_factory=list)
    enrolments: list[MoodleEnrolment] = field(default_factory=list)
    #: (cmid, user id) → state
    completions: dict[tuple[int, int], MoodleCompletion] = field(default_factory=dict)
    #: (course id, user id) → last access to the course; no key = never entered
    course_access: dict[tuple[int, int], int] = field(default_factory=dict)
    #: (course id, user id) → name of the group
    groups: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass
class SfpLearner:
    """One row of the ministry's own platform; times are local, ``None`` = not reached."""

    folio: str
    name: str
    email: str
    curp: str
    sex: str
    institution: str
    enrolled_at: datetime
    entered_at: datetime | None = None
    module_1_at: datetime | None = None
    module_2_at: datetime | None = None
    module_3_at: datetime | None = None
    certified_at: datetime | None = None
    person: Person | None = None


@dataclass
class Attendee:
    """One participant of the event of 27 May."""

    name: str
    email: str
    institution: str
    organisation_type: str
    registered_at: datetime


@dataclass
class AttendanceLine:
    """One line of the attendance list as typed: a number and an attendee, or a blank line (``None``)."""

    number: int | None
    attendee: Attendee | None


@dataclass
class CapturedValue:
    """One row of the workbook of typed-in values; ``value`` ``None`` = the cell was left empty."""

    indicator: str
    period: str
    value: float | None
    date: datetime
    verification: str
    disaggregation: str = ""
    category: str = ""
    comment: str = ""


@dataclass
class SurveyOption:
    """One answer option with its numeric score."""

    code: str
    label: dict[str, str]
    score: int = 0


@dataclass
class SurveySubquestion:
    """One row of an array or one box of a multiple choice."""

    qid: int
    code: str
    label: dict[str, str]


@dataclass
class SurveyQuestion:
    """One question; texts by language, type letter as in LimeSurvey."""

    qid: int
    gid: int
    code: str
    type: str
    theme: str
    text: dict[str, str]
    options: list[SurveyOption] = field(default_factory=list)
    subquestions: list[SurveySubquestion] = field(default_factory=list)
    other: bool = False
    relevance: str = "1"


@dataclass
class SurveyParticipant:
    """One invited participant of a survey with tokens; ``completed`` and ``sent`` are ``N`` or a date."""

    tid: int
    token: str
    firstname: str
    lastname: str
    email: str
    attributes: dict[str, str]
    sent: str = "N"
    completed: str = "N"


@dataclass
class Survey:
    """One survey; ``responses`` are rows keyed by export column, system columns included."""

    sid: int
    title: dict[str, str]
    groups: dict[int, dict[str, str]]
    questions: list[SurveyQuestion]
    active: bool = True
    ipaddr: bool = False
    refurl: bool = False
    #: attribute name → caption, empty for a survey without participants
    attributes: dict[str, str] = field(default_factory=dict)
    has_participants: bool = False
    participants: list[SurveyParticipant] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    languages: tuple[str, ...] = ("es-MX", "en")

    def system_columns(self) -> list[str]:
        """Columns before the answers, in the order LimeSurvey writes them."""
        columns = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
        columns += ["token"] if self.has_participants else []
        columns += ["startdate", "datestamp"]
        columns += ["ipaddr"] if self.ipaddr else []
        return columns + (["refurl"] if self.refurl else [])

    def answer_columns(self) -> dict[str, str]:
        """Database field name (SGQA) → export column, in export order."""
        columns: dict[str, str] = {}
        for question in self.questions:
            field_name = f"{self.sid}X{question.gid}X{question.qid}"
            if not question.subquestions:
                columns[field_name] = question.code
            for sub in question.subquestions:
                columns[field_name + sub.code] = f"{question.code}[{sub.code}]"
            if question.other:
                columns[field_name + "other"] = f"{question.code}[other]"
        return columns

    def columns(self) -> list[str]:
        """Every export column in order."""
        return self.system_columns() + list(self.answer_columns().values())
