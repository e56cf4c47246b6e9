"""The self-test of a Moodle connection names what a specialist has to ask the site's administrator for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from moodle_landing import EDITION, PROJECT, connector

from trimestre.contracts.project import Project
from trimestre.contracts.surveys import Survey
from trimestre.simulators import moodle_shapes
from trimestre.simulators.moodle import MoodleSimulator
from trimestre.simulators.moodle_functions import ALL_CAPABILITIES
from trimestre.simulators.world import World

SURVEY = Survey.model_validate(
    {
        "survey": "opinion-neisp",
        "name": "Opinión",
        "source": "moodle_pnud",
        "survey_id": "Encuesta de opinión",
        "edition": EDITION,
        "closes_on": "2020-06-30",
    }
)


def with_surveys(*surveys: Survey) -> Project:
    return replace(PROJECT, surveys=surveys)


def problems(world: World, missing: set[str], project: Project | None = None, **changes: Any) -> list[str]:
    hidden = {"lastaccess"}
    with MoodleSimulator(world, capabilities=ALL_CAPABILITIES - missing, hidden_user_fields=hidden) as site:
        return connector(site, project=project or with_surveys(SURVEY), **changes).check()


def test_nothing_is_said_when_nothing_is_missing(world: World) -> None:
    assert problems(world, set()) == []


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"webservice/rest:use"}, "webservice/rest:use"),
        ({"moodle/course:view"}, "moodle/course:view"),
        ({"moodle/user:viewdetails"}, "moodle/user:viewdetails"),
        ({"mod/quiz:view"}, "actividad M3 (Módulo 3): no aparece"),
        ({"mod/quiz:view"}, "mod/quiz:view"),
        ({"mod/page:view"}, "mod/page:view"),
        ({"moodle/course:enrolreview"}, "moodle/course:enrolreview"),
        ({"report/progress:view"}, "report/progress:view"),
        ({"moodle/user:viewalldetails"}, "«curp». Si es privado, el rol necesita moodle/user:viewalldetails"),
        ({"moodle/course:useremail", "moodle/site:viewuseridentity"}, "moodle/course:useremail"),
        ({"moodle/course:viewhiddenuserfields"}, "moodle/course:viewhiddenuserfields"),
        ({"mod/feedback:view"}, "mod/feedback:view"),
        ({"mod/feedback:viewreports"}, "mod/feedback:viewreports"),
    ],
)
def test_each_missing_capability_is_named(world: World, missing: set[str], named: str) -> None:
    found = problems(world, missing)
    assert named in " ".join(found)
    assert len(found) <= 3  # four activities of kind page are three


def test_separate_groups_and_a_hidden_course_need_capabilities_of_their_own(world: World) -> None:
    world.moodle.courses[2].separate_groups = True
    assert problems(world, set()) == []
    assert "moodle/site:accessallgroups" in problems(world, {"moodle/site:accessallgroups"})[0]
    world.moodle.courses[2].visible = False
    assert problems(world, set()) == []
    assert "moodle/course:viewhiddencourses" in problems(world, {"moodle/course:viewhiddencourses"})[0]


@pytest.mark.parametrize("capability", ["moodle/course:useremail", "moodle/site:viewuseridentity"])
def test_what_is_not_needed_is_not_asked_for(world: World, capability: str) -> None:
    assert problems(world, {capability, "moodle/course:viewhiddenactivities"}) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda world: setattr(world.activity(3), "visible", False), "M3 (Módulo 3): está oculta"),
        (lambda world: setattr(world.activity(3), "completion", 0), "M3 (Módulo 3): no tiene activada la finalización"),
        (lambda world: setattr(world.activity(4), "name", "Módulo 3"), "M3 (Módulo 3): hay 2 con ese nombre"),
        (lambda world: setattr(world.activity(2), "name", "Otro"), "M2 (Módulo 2): no aparece"),
        (lambda world: setattr(world.moodle.courses[2], "completion_enabled", False), "rastreo de finalización"),
        (lambda world: setattr(world.moodle.courses[2], "shortname", "OTRO"), "no se encontró el curso"),
        (lambda world: world.moodle.enrolments.clear(), "si todavía no, no hay nada que hacer"),
        (lambda world: [setattr(user, "curp", "") for user in world.moodle.users.values()], "lo ha llenado"),
    ],
)
def test_what_is_wrong_with_a_course_is_said_as_it_is(
    world: World, change: Callable[[World], None], words: str
) -> None:
    change(world)
    assert words in " ".join(problems(world, set()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"survey_id": "99"}, "no se encontró esa retroalimentación"),
        ({"edition": "EISP-UIF-2020"}, "su edición no la entrega esta fuente"),
        ({"edition": None}, "su edición no la entrega esta fuente"),
        ({"sex_question": "P9"}, "no corresponde a sus preguntas (P1, P2, P3, item4, P5)"),
        ({"scored": [{"question": "P1"}]}, "faltan puntajes"),
    ],
)
def test_what_is_wrong_with_a_survey_is_said(world: World, change: dict[str, Any], words: str) -> None:
    survey = Survey.model_validate(SURVEY.model_dump() | change)
    assert words in " ".join(problems(world, set(), with_surveys(survey)))


def test_a_site_whose_learners_have_another_role_is_told_that_nobody_would_count(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(moodle_shapes.ROLE_IDS, "alumno", 12)
    for enrolment in world.moodle.enrolments:
        enrolment.role = "alumno" if enrolment.role == "student" else enrolment.role
    (found,) = problems(world, set())
    assert "«student» (tienen: alumno" in found
    assert not problems(world, set(), student_roles=("alumno",))


def test_a_refused_token_and_a_service_without_the_functions_are_said(world: World) -> None:
    with MoodleSimulator(world) as site:
        assert "caducó" in connector(site, token="wrong").check()[0]
        site.trouble = "account_suspended"
        assert "suspendida" in connector(site).check()[0]


def test_no_personal_data_in_what_is_said(world: World) -> None:
    person = world.moodle.users[5]
    said = " ".join(problems(world, {"moodle/user:viewalldetails", "moodle/course:enrolreview"}))
    assert said
    for value in (person.email, person.lastname, person.curp, person.username):
        assert value not in said
