"""The world of the case: what the platforms of project 2020-Q2 hold, and how it changes from night to night.

``build_world()`` gives the same world for the same seed. The helpers on :class:`World` change it while the
simulators serve it; whoever changes its lists directly should hold ``world.lock``.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trimestre.simulators import case_moodle
from trimestre.simulators.case_files import build_attendance, build_captured, build_sfp
from trimestre.simulators.case_surveys import build_surveys
from trimestre.simulators.model import (
    AttendanceLine,
    Attendee,
    CapturedValue,
    MoodleActivity,
    MoodleCompletion,
    MoodleEnrolment,
    MoodleSite,
    MoodleUser,
    SfpLearner,
    Survey,
)
from trimestre.simulators.people import PeopleMaker, Person, Sex


@dataclass
class World:
    """Raw material of all sources, mutable; ``now`` is the epoch second at which Moodle judges enrolments."""

    seed: int
    moodle: MoodleSite
    people: dict[int, Person]
    sfp: list[SfpLearner]
    attendance: list[AttendanceLine]
    attendees: list[Attendee]
    captured: list[CapturedValue]
    surveys: dict[int, Survey]
    maker: PeopleMaker
    now: int = case_moodle.SITE_NOW
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @contextmanager
    def changing(self) -> Iterator["World"]:
        """Change several things between two answers of the simulators."""
        with self.lock:
            yield self

    # -- Moodle --------------------------------------------------------------------------------------------

    def activity(self, cmid: int) -> MoodleActivity:
        """One activity by its course module id."""
        return next(activity for activity in self.moodle.activities if activity.cmid == cmid)

    def active_enrolments(self, course_id: int, user_id: int) -> list[MoodleEnrolment]:
        """Enrolments that are neither suspended nor expired nor yet to begin."""
        return [
            enrolment
            for enrolment in self.moodle.enrolments
            if (enrolment.course_id, enrolment.user_id) == (course_id, user_id)
            and not enrolment.suspended
            and enrolment.timestart <= self.now
            and (enrolment.timeend == 0 or enrolment.timeend > self.now)
        ]

    def is_counted(self, user_id: int, course_id: int = case_moodle.COURSE_A) -> bool:
        """The population rule of the facts: active enrolment, role student, account in use."""
        user = self.moodle.users[user_id]
        active = self.active_enrolments(course_id, user_id)
        return any(e.role == "student" for e in active) and not user.suspended and not user.deleted

    def add_learner(
        self, sex: Sex, *, course_id: int = case_moodle.COURSE_A, person: Person | None = None, **fields: Any
    ) -> int:
        """Enrol somebody new (or a given person once more); returns the account id."""
        with self.lock:
            institution, domain = case_moodle.INSTITUTIONS[0]
            person = person or self.maker.make(sex, institution, domain)
            user_id = max(self.moodle.users) + 1
            case_moodle.add_account(self.moodle, user_id, person)
            case_moodle.enrol(self.moodle, user_id, course_id)
            self.people[user_id] = person
            self.change_user(user_id, **fields)
            return user_id

    def change_user(self, user_id: int, **fields: Any) -> MoodleUser:
        """Set fields of an account: name, e-mail, ``suspended``, ``sexo`` …"""
        with self.lock:
            user = self.moodle.users[user_id]
            for name, value in fields.items():
                if not hasattr(user, name):
                    raise AttributeError(f"MoodleUser has no field {name}")
                setattr(user, name, value)
            return user

    def access(self, user_id: int, at: int, course_id: int = case_moodle.COURSE_A) -> None:
        """Somebody opens the course."""
        with self.lock:
            user = self.moodle.users[user_id]
            user.firstaccess = user.firstaccess or at
            user.lastaccess = self.moodle.course_access[course_id, user_id] = at

    def complete(self, user_id: int, cmid: int, at: int, state: int = 1) -> None:
        """Somebody completes an activity; the time of an activity is that of its last change of state."""
        with self.lock:
            self.moodle.completions[cmid, user_id] = MoodleCompletion(state, at)
            self.access(user_id, at, self.activity(cmid).course_id)

    def undo_completion(self, user_id: int, cmid: int, at: int) -> None:
        """State back to 0; the date stays, as Moodle leaves it."""
        with self.lock:
            self.moodle.completions[cmid, user_id] = MoodleCompletion(0, at)

    def suspend_enrolment(self, user_id: int, course_id: int = case_moodle.COURSE_A, suspended: bool = True) -> None:
        """Suspend (or take up again) every enrolment of an account in a course."""
        with self.lock:
            for enrolment in self.moodle.enrolments:
                if (enrolment.course_id, enrolment.user_id) == (course_id, user_id):
                    enrolment.suspended = suspended

    def unenrol(self, user_id: int, at: int, course_id: int = case_moodle.COURSE_A) -> None:
        """Take somebody out: rows by hand and by view stay, the graded one is reset to ``at``."""
        with self.lock:
            self.moodle.enrolments = [
                e for e in self.moodle.enrolments if (e.course_id, e.user_id) != (course_id, user_id)
            ]
            self.moodle.course_access.pop((course_id, user_id), None)
            self.moodle.groups.pop((course_id, user_id), None)
            for activity in self.moodle.activities:
                key = (activity.cmid, user_id)
                if activity.course_id == course_id and activity.modname == "quiz" and key in self.moodle.completions:
                    self.moodle.completions[key] = MoodleCompletion(0, at)

    def enrol_again(self, user_id: int, course_id: int = case_moodle.COURSE_A) -> None:
        """Enrol an existing account (once more)."""
        with self.lock:
            case_moodle.enrol(self.moodle, user_id, course_id)

    def delete_account(self, user_id: int, at: int) -> None:
        """Delete an account: user name and e-mail are overwritten, nothing in the lists tells it."""
        with self.lock:
            for course_id in self.moodle.courses:
                self.unenrol(user_id, at, course_id)
            user = self.moodle.users[user_id]
            user.username, user.deleted = f"{user.email}.{at}", True
            user.email = hashlib.md5(user.username.encode(), usedforsecurity=False).hexdigest()
            user.sexo = user.institucion = user.puesto = user.curp = user.idnumber = ""

    # -- LimeSurvey ----------------------------------------------------------------------------------------

    def response(self, sid: int, response_id: int) -> dict[str, Any]:
        """One response row, keyed by export column."""
        return next(row for row in self.surveys[sid].responses if row["id"] == response_id)

    def add_response(self, sid: int, at: datetime, answers: dict[str, Any], *, complete: bool = True) -> int:
        """A new response begun (and, if complete, submitted) at a local time; returns its id."""
        with self.lock:
            survey = self.surveys[sid]
            response_id = max((row["id"] for row in survey.responses), default=0) + 1
            stamp = at.strftime("%Y-%m-%d %H:%M:%S")
            row: dict[str, Any] = dict.fromkeys(survey.columns())
            row |= {"id": response_id, "lastpage": len(survey.groups), "startlanguage": survey.languages[0]}
            row |= {"seed": str(100_000_000 + response_id), "startdate": stamp, "datestamp": stamp}
            row |= {column: value for column, value in answers.items() if column in row}
            survey.responses.append(row)
            if complete:
                self.submit_response(sid, response_id, at)
            return response_id

    def submit_response(self, sid: int, response_id: int, at: datetime) -> None:
        """A response begun earlier is finished, perhaps days later: the id stays low."""
        with self.lock:
            row = self.response(sid, response_id)
            row["submitdate"] = row["datestamp"] = at.strftime("%Y-%m-%d %H:%M:%S")
            row["lastpage"] = len(self.surveys[sid].groups)
            for participant in self.surveys[sid].participants:
                if participant.token == row.get("token"):
                    participant.completed = at.strftime("%Y-%m-%d %H:%M")

    def change_answer(self, sid: int, response_id: int, column: str, value: str | None) -> None:
        """Edit an answer as an administrator does: neither date changes."""
        with self.lock:
            self.response(sid, response_id)[column] = value

    def delete_response(self, sid: int, response_id: int) -> None:
        """Delete a response; a gap in the ids remains."""
        with self.lock:
            survey = self.surveys[sid]
            survey.responses = [row for row in survey.responses if row["id"] != response_id]

    def set_survey_active(self, sid: int, active: bool) -> None:
        """Activate or deactivate: an inactive survey shows nothing of what it had."""
        with self.lock:
            self.surveys[sid].active = active


def build_world(seed: int = 20200630) -> World:
    """The case 2020-Q2, the same for the same seed."""
    maker = PeopleMaker(seed)
    site, people = case_moodle.build_moodle(seed, maker)
    sfp = build_sfp(seed, maker, site, people)
    attendance, attendees = build_attendance(seed, maker)
    surveys = build_surveys(seed, attendees)
    world = World(seed, site, people, sfp, attendance, attendees, build_captured(), surveys, maker)
    world.unenrol(case_moodle.UNENROLLED, case_moodle.CLOSE + 9 * 86400)
    world.delete_account(case_moodle.DELETED, case_moodle.CLOSE + 10 * 86400)
    return world
