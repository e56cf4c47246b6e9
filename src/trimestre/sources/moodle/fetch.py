"""From the site to the landing: structure, people and completion of the courses of an edition.

Data flow per course: structure -> people, active people, accounts -> completion of each -> active people again. What a
missing capability leaves out is told apart from what is not there, else the fetch fails.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trimestre.contracts import courses as contracts
from trimestre.contracts.sources import MoodleSource
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list
from trimestre.sources.base import AnswerWriter, Landing
from trimestre.sources.moodle.calls import (
    CONTENTS,
    COURSES,
    ENROLLED,
    STATUSES,
    USERS,
    Answer,
    MoodleRefusal,
    Site,
    as_options,
    custom_fields,
    has_id,
    in_order,
    is_id,
    statuses_of,
)
from trimestre.sources.moodle.structure import Course, course_id_of, resolve
from trimestre.texts import PLATFORM

log = logging.getLogger(__name__)

_USER_FIELDS = "id,fullname,email,customfields,roles,lastcourseaccess"
"""What is asked of a person: nothing that no row needs, and two thirds of the time of a full answer."""

_CAPABILITIES = {
    "lastcourseaccess": "moodle/course:viewhiddenuserfields",
    "email": PLATFORM["email"],
}
"""A field that everybody has -> the capability without which it is left out."""

_USERS_PER_CALL = 100
_IDS_PER_CALL = 5_000
"""Ids alone are cheap: in one page nobody can be missed because somebody left between two."""

_ENOUGH_PEOPLE = 20
"""From so many people on, a profile field that nobody has was hidden, not left empty."""

_GONE = frozenset({"userdeleted", "invaliduser"})


def fetch_editions(
    contract: MoodleSource, site: Site, editions: Mapping[str, Iterable[contracts.Delivery]], landing: Landing
) -> dict[str, list[int]]:
    """Land every edition: its structure, its people and the completion of each of them. Edition -> its course ids.

    A course in which nobody is enrolled yet lands as what it is, a complete list of none: it holds no other edition
    back, and the floor rejects the batch where there were people before. When all are empty it is the service account
    that may not see anybody.
    """
    courses: dict[str, list[int]] = {}
    empty: list[str] = []
    for edition, deliveries in editions.items():
        courses[edition] = []
        with (
            landing.open_answers("structure", edition) as structure,
            landing.open_answers("people", edition) as people,
            landing.open_answers("completion", edition) as completion,
        ):
            for delivery in deliveries:
                course = _structure(contract.source, site, structure, edition, delivery)
                courses[edition].append(course.course_id)
                if not CourseFetch(contract, site, course, people, completion).run():
                    empty.append(f"{edition} ({delivery.course})")
    if empty and len(empty) == sum(map(len, courses.values())):
        raise PermanentError(PLATFORM["nobody"].format(source=contract.source, editions=", ".join(empty)))
    for where in empty:
        log.warning(PLATFORM["nobody_in"].format(source=contract.source, edition=where))
    return courses


def _structure(source: str, site: Site, writer: AnswerWriter, edition: str, delivery: contracts.Delivery) -> Course:
    parameters = {"field": "shortname", "value": delivery.course}
    answer = site.call(COURSES, parameters)
    course_id = course_id_of(source, answer.data, delivery.course)
    writer.write(COURSES, parameters, answer.status, answer.body)
    parameters = {"courseid": str(course_id)}
    answer = site.call(CONTENTS, parameters)
    stands_for = resolve(source, answer.data, edition, delivery)
    writer.write(CONTENTS, parameters, answer.status, answer.body)
    return Course(course_id, edition, stands_for)


class CourseFetch:
    """The people of one course and their completion."""

    def __init__(
        self, contract: MoodleSource, site: Site, course: Course, people: AnswerWriter, completion: AnswerWriter
    ) -> None:
        self._contract, self._site, self._course = contract, site, course
        self._people, self._completion = people, completion

    def run(self) -> int:
        """People, their completion, and the active ones once more: who left meanwhile is on the first list only.

        How many people there are; none is landed as such.
        """
        users, tidy = self._walk()
        active, _ = self._walk(only_active=True)
        if not tidy or not set(active) <= set(users):
            # Somebody was enrolled or unenrolled between two pages, so that all that follows moved by one.
            users, _ = self._walk()
        if users:
            self._check_people(users)
            self._fetch_accounts(sorted(users))
            self._fetch_statuses(sorted(users))
        self._walk(only_active=True)
        return len(users)

    def _walk(self, *, only_active: bool = False) -> tuple[dict[int, dict[str, Any]], bool]:
        """All pages of a list of people, and whether nobody came twice.

        A page may be short or empty before the end, since Moodle takes out whom one may not see after cutting it.
        A walk ends with the first page without anybody new; when people come after a short page, some are hidden.
        """
        found: dict[int, dict[str, Any]] = {}
        size = max(_IDS_PER_CALL, self._contract.page_size) if only_active else self._contract.page_size
        tidy, offset, short, gaps = True, 0, False, False
        while True:
            options: dict[str, Any] = {"limitfrom": offset, "limitnumber": size}
            options |= {"userfields": "id", "onlyactive": 1} if only_active else {"userfields": _USER_FIELDS}
            parameters = {"courseid": str(self._course.course_id), **as_options(options)}
            answer = self._list(ENROLLED, parameters)
            self._land(ENROLLED, parameters, answer)
            page = {user["id"]: user for user in answer.data if has_id(user)}
            new = page.keys() - found.keys()
            tidy = tidy and len(new) == sum(map(has_id, answer.data))
            found |= page
            if not new:
                if gaps and not only_active:
                    log.warning(PLATFORM["gaps"].format(source=self._contract.source, edition=self._course.edition))
                # The page that ends a walk is empty, or the site ignores offsets and gives the first page again.
                return found, tidy or page == found
            gaps = gaps or short
            short = short or len(answer.data) < size
            offset += size

    def _list(self, function: str, parameters: dict[str, str]) -> Answer:
        answer = self._site.call(function, parameters)
        if not isinstance(answer.data, list):
            raise self._site.strange(function, PLATFORM["list"])
        return answer

    def _land(self, function: str, parameters: dict[str, str], answer: Answer) -> None:
        """Store a list of people: exactly as it came, unless it holds something to be dropped."""
        body = answer.body
        if drop_from(answer.data, self._contract):
            body = json.dumps(answer.data, separators=(",", ":"))
        self._people.write(function, parameters, answer.status, body)

    def _check_people(self, users: dict[int, dict[str, Any]]) -> None:
        """Raise if the list is as a missing capability leaves it: without a field that is always there."""
        what = PLATFORM["people"].format(source=self._contract.source, edition=self._course.edition)
        for key, capability in _CAPABILITIES.items():
            if key not in self._contract.drop and not any(key in user for user in users.values()):
                raise PermanentError(PLATFORM["nobody_shows"].format(what=what, key=key, capability=capability))
        if len(users) < _ENOUGH_PEOPLE:
            return
        seen = {shortname for user in users.values() for shortname in custom_fields(user)}
        for name, shortname in self._contract.profile_fields.model_dump(exclude_none=True).items():
            if shortname not in seen and f"customfields.{shortname}" not in self._contract.drop:
                raise PermanentError(
                    PLATFORM["profile_field"].format(what=what, shortname=shortname, people=len(users), name=name)
                )

    def _fetch_accounts(self, user_ids: list[int]) -> None:
        """Account by account whether it is suspended: the lists of a course do not tell."""
        known = False
        for start in range(0, len(user_ids), _USERS_PER_CALL):
            group = user_ids[start : start + _USERS_PER_CALL]
            parameters = {"field": "id", **{f"values[{n}]": str(user_id) for n, user_id in enumerate(group)}}
            answer = self._list(USERS, parameters)
            known = known or any(isinstance(user, dict) and "suspended" in user for user in answer.data)
            self._land(USERS, parameters, answer)
        if not known:
            raise PermanentError(
                PLATFORM["suspended"].format(source=self._contract.source, edition=self._course.edition)
            )

    def _fetch_statuses(self, user_ids: list[int]) -> None:
        """The completion of each person, stored in the order of the people so that the file is reproducible."""

        def ask(user_id: int) -> tuple[dict[str, str], Answer | None]:
            parameters = {"courseid": str(self._course.course_id), "userid": str(user_id)}
            try:
                return parameters, self._site.call(STATUSES, parameters)
            except MoodleRefusal as refusal:
                if refusal.errorcode in _GONE:  # deleted since the list was read: the scope is not complete
                    return parameters, None
                raise

        seen: set[int] = set()
        for parameters, answer in in_order(ask, user_ids, self._contract.parallel):
            if answer is not None:
                self._completion.write(STATUSES, parameters, answer.status, answer.body)
                statuses = (status for status in as_list(statuses_of(answer.data)) if isinstance(status, dict))
                seen |= {cmid for status in statuses if is_id(cmid := status.get("cmid"))}
        for cmid, code in self._course.stands_for.items():
            if cmid not in seen:
                raise PermanentError(
                    PLATFORM["activity_of_nobody"].format(
                        source=self._contract.source, edition=self._course.edition, code=code, cmid=cmid
                    )
                )


def drop_from(things: Sequence[Any], contract: MoodleSource) -> bool:
    """Remove what must not land from each object: fields of `drop`, custom profile fields nobody asked for.

    Whether there was anything of the kind.
    """
    keys = [name for name in contract.drop if not name.startswith("customfields.")]
    kept = {*contract.read_profile_fields, *contract.keep_profile_fields} - {
        name.removeprefix("customfields.") for name in contract.drop
    }
    dropped = False
    for thing in things:
        if not isinstance(thing, dict):
            continue
        for key in keys:
            dropped = dropped or key in thing
            thing.pop(key, None)
        if "customfields" in thing:
            listed = (field for field in as_list(thing["customfields"]) if isinstance(field, dict))
            fields = [field for field in listed if str(field.get("shortname")) in kept]
            dropped = dropped or fields != thing["customfields"]
            thing["customfields"] = fields
    return dropped
