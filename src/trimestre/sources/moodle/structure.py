"""Which course of the site an edition is, and which of its activities stands for what.

Data flow: answers of COURSES and CONTENTS (as they come, or landed as ``structure``) + ``activities`` of the edition
-> Course. What a service account may not see Moodle leaves out without a word: every configured activity must be there.
"""

import html
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trimestre.contracts import courses as contracts
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list, parsed, read_answers
from trimestre.sources.base import LandedFile
from trimestre.sources.moodle.calls import CONTENTS, COURSES, has_id
from trimestre.texts import PLATFORM

CERTIFICATE = "certificate"
"""The activity code that stands for the certificate instead of a module."""


@dataclass
class Course:
    """A course as its structure tells: which activity stands for what."""

    course_id: int
    edition: str
    stands_for: dict[int, str]
    """cmid -> module code, or ``certificate``."""


def course_of(source: str, data: Any, shortname: str) -> dict[str, Any]:
    """The one course of that short name, as it came."""
    courses = as_list(data.get("courses") if isinstance(data, dict) else None)
    # Names come HTML escaped.
    found = [c for c in courses if has_id(c) and html.unescape(str(c.get("shortname"))) == shortname]
    if len(found) != 1:
        raise PermanentError(PLATFORM["course"].format(source=source, shortname=shortname, found=len(found)))
    return dict(found[0])


def course_id_of(source: str, data: Any, shortname: str) -> int:
    """The id of the one course of that short name."""
    return int(course_of(source, data, shortname)["id"])


def resolve(source: str, contents: Any, edition: str, delivery: contracts.Delivery) -> dict[int, str]:
    """cmid -> code, by the activities with completion: all configured ones must be there.

    By name only visible ones are found, since old versions are hidden; by its cmid one that was hidden when the course
    ended, too.
    """
    candidates: list[tuple[int, str | None]] = []
    for section in as_list(contents):
        for module in as_list(section.get("modules") if isinstance(section, dict) else None):
            if has_id(module) and module.get("completion"):
                candidates.append((module["id"], tidy(module.get("name")) if module.get("visible", 1) else None))
    stands_for: dict[int, str] = {}
    for code, wanted in delivery.activities.items():
        found = [c for c, name in candidates if c == wanted or (isinstance(wanted, str) and name == tidy(wanted))]
        if len(found) != 1:
            raise PermanentError(
                PLATFORM["activity"].format(source=source, code=code, wanted=wanted, edition=edition, found=len(found))
            )
        if found[0] in stands_for:
            raise PermanentError(
                PLATFORM["activity_taken"].format(
                    source=source, code=code, wanted=wanted, edition=edition, taken=stands_for[found[0]]
                )
            )
        stands_for[found[0]] = code
    return stands_for


def read_courses(source: str, file: LandedFile, deliveries: Iterable[contracts.Delivery]) -> dict[int, Course]:
    """Course id -> course, from a landed ``structure`` and what its edition is configured to deliver."""
    by_shortname = {delivery.course: delivery for delivery in deliveries}
    by_id: dict[int, contracts.Delivery] = {}
    courses: dict[int, Course] = {}
    for answer in read_answers(file.path):
        data, parameters = parsed(answer["body"]), answer["parameters"]
        if answer["method"] == COURSES and (shortname := parameters["value"]) in by_shortname:
            by_id[course_id_of(source, data, shortname)] = by_shortname[shortname]
        elif answer["method"] == CONTENTS and (course_id := int(parameters["courseid"])) in by_id:
            stands_for = resolve(source, data, file.scope, by_id[course_id])
            courses[course_id] = Course(course_id, file.scope, stands_for)
    return courses


def tidy(value: Any) -> str:
    """A name of an activity as it is compared: unescaped, NFC, single blanks."""
    return " ".join(unicodedata.normalize("NFC", html.unescape(str(value))).split())
