import contextlib
import hashlib
import io
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeLanding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moodle_landing import CONTRACT, EDITION, PROJECT, connector, landed, one, rows
from pydantic import ValidationError
from recorded import recorded
from the_case import new_world

from trimestre.contracts.courses import Course
from trimestre.contracts.courses import Delivery as ContractDelivery
from trimestre.contracts.project import Project
from trimestre.contracts.sources import MoodleSource
from trimestre.errors import PermanentError, TransientError
from trimestre.simulators import server
from trimestre.simulators.case_moodle import TEACHER, enrol
from trimestre.simulators.moodle import MoodleSimulator
from trimestre.simulators.moodle_functions import ALL_CAPABILITIES, MoodleFunctions
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.simulators.world import World
from trimestre.sources import http
from trimestre.sources.answers import JsonLinesWriter, parsed, read_answers, text
from trimestre.sources.base import Connection, Delivery, LandedFile
from trimestre.sources.moodle import MoodleConnector, MoodleRefusal
from trimestre.sources.moodle.calls import in_order
from trimestre.sources.moodle.rows import instant
from trimestre.sources.moodle.structure import resolve
from trimestre.texts import UNREADABLE

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def world(few_people: World) -> World:
    return few_people


@pytest.fixture
def site(world: World) -> Iterator[MoodleSimulator]:
    with MoodleSimulator(world) as simulator:
        yield simulator


# -- the whole way -----------------------------------------------------------------------------------------------


def test_the_counted_population_comes_out_of_the_landed_files(landing: FakeLanding) -> None:
    with MoodleSimulator(new_world()) as whole:
        moodle = connector(whole)
        moodle.fetch(landing)
    found = rows(list(moodle.chunks(landing.files)))

    people = found["enrolment"]
    counted = people[(people.role == "student") & (people.active == "true") & (people.suspended == "false")]
    assert (len(people), len(counted), counted.accessed_at.notna().sum()) == (473, 469, 429)
    of_them = set(counted.account_ref)
    done = found["module_completion"]
    done = done[done.account_ref.isin(of_them) & (done.state == "completed") & done.out_of_scope.isna()]
    assert Counter(done.module) == {"M1": 387, "M2": 382, "M3": 380}
    certificates = found["certificate"]
    certificates = certificates[certificates.account_ref.isin(of_them) & (certificates.state == "obtained")]
    assert len(certificates) == 377
    assert certificates.obtained_at.notna().all()
    sexes = found["account"].set_index("account_ref").loc[certificates.account_ref].sex
    assert Counter(sexes) == {"mujer": 238, "hombre": 139}


def test_rows_of_pinned_people(site: MoodleSimulator, landing: FakeLanding) -> None:
    moodle = connector(site)
    moodle.fetch(landing)
    found = rows(list(moodle.chunks(landing.files)))
    enrolments, modules = found["enrolment"], found["module_completion"]

    assert one(enrolments, account_ref="474")["role"] == "editingteacher"
    assert set(modules[modules.account_ref == "474"].out_of_scope) == {"rol_no_estudiante", "actividad_no_configurada"}
    assert one(found["certificate"], account_ref="474")["out_of_scope"] == "rol_no_estudiante"
    assert one(enrolments, account_ref="475")["active"] == "false"
    assert one(enrolments, account_ref="476")["active"] == "false"
    assert one(enrolments, account_ref="477")["suspended"] == "true"
    assert one(enrolments, account_ref="226")["accessed_at"] is None
    assert one(enrolments, account_ref="130")["accessed_at"] == "2020-05-19T04:59:59+00:00"
    assert one(found["account"], account_ref="334")["sex"] is None
    failed = one(modules, account_ref="14", module="M3")
    assert failed["state"] == "failed"
    assert failed["completed_at"]
    unticked = one(modules, account_ref="76", module="M1")
    assert (unticked["state"], unticked["completed_at"]) == ("not_completed", None)
    identity = one(found["account_identity"], account_ref="130")
    assert identity["local_id"] == "130"
    assert len(identity["legal_id"]) == 18
    assert identity["full_name"] == identity["full_name"].strip()


def test_both_scopes_are_complete_and_positions_point_at_what_was_received(
    site: MoodleSimulator, landing: FakeLanding
) -> None:
    moodle = connector(site, page_size=10)
    moodle.fetch(landing)
    assert moodle.deliveries(landing.files) == [
        Delivery("people", EDITION, True),
        Delivery("completion", EDITION, True),
    ]
    assert [file.dataset for file in landing.files] == ["structure", "people", "completion"]
    chunks = {chunk.dataset: chunk for chunk in moodle.chunks(landing.files)}
    assert set(chunks) == {"people", "completion"}
    for dataset in chunks:
        answers = {answer["ordinal"]: json.loads(answer["body"]) for answer in landing.answers(dataset)}
        record = len(chunks[dataset].records) - 1
        ordinal, pointer = chunks[dataset].positions[record].split("#/")
        thing = answers[int(ordinal)]
        for key in pointer.split("/"):
            thing = thing[int(key)] if key.isdigit() else thing[key]
        frame = next(iter(chunks[dataset].rows([record]).values()))
        assert list(frame.record) == [record]
        expected = frame.account_ref.iloc[0] if dataset == "people" else None
        assert str(thing["id"]) == expected if dataset == "people" else thing["cmid"]


def test_the_same_site_lands_the_same_content_whatever_the_order_of_answers(
    site: MoodleSimulator, tmp_path: Path
) -> None:
    first, second = FakeLanding(tmp_path / "a"), FakeLanding(tmp_path / "b")
    connector(site, parallel=1).fetch(first)
    connector(site, parallel=8).fetch(second)
    for dataset in ("structure", "people", "completion"):
        assert first.answers(dataset) == second.answers(dataset)


def test_nothing_secret_or_dropped_is_landed(site: MoodleSimulator, landing: FakeLanding) -> None:
    moodle = connector(site)
    moodle.fetch(landing)
    landed = "".join(json.dumps(landing.answers(d)) for d in ("structure", "people", "completion"))
    for secret in (site.token, "wstoken", "profileimageurl", "puesto", "Enlace"):
        assert secret not in landed
    users = next(a for a in landing.answers("people") if a["method"] == "core_user_get_users_by_field")
    assert {"id", "email", "suspended", "customfields"} <= json.loads(users["body"])[0].keys()
    # Where nothing is dropped the text is the exact one, escaped slashes included.
    assert "\\/" in landing.answers("structure")[0]["body"]


def test_a_visit_changes_only_the_record_of_that_person(site: MoodleSimulator, world: World, tmp_path: Path) -> None:
    moodle = connector(site)
    before, after = FakeLanding(tmp_path / "a"), FakeLanding(tmp_path / "b")
    moodle.fetch(before)
    world.change_user(20, lastaccess=1_600_000_000)  # elsewhere on the site
    world.access(30, 1_600_000_000)
    moodle.fetch(after)
    records = [{r for c in moodle.chunks(landing.files) for r in c.records} for landing in (before, after)]
    assert len(records[1] - records[0]) == 1


def test_losing_the_role_changes_the_records_of_completion_too(
    site: MoodleSimulator, world: World, tmp_path: Path
) -> None:
    moodle = connector(site)
    before, after = FakeLanding(tmp_path / "a"), FakeLanding(tmp_path / "b")
    moodle.fetch(before)
    next(e for e in world.moodle.enrolments if e.user_id == 30).role = "editingteacher"
    moodle.fetch(after)
    records = [{r for c in moodle.chunks(landing.files) for r in c.records} for landing in (before, after)]
    assert len(records[1] - records[0]) == 1 + 5


def test_all_calls_share_as_many_connections_as_are_made_at_a_time(
    site: MoodleSimulator, landing: FakeLanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    accept = server._Server.process_request

    def counted(self: Any, request: Any, client_address: Any) -> None:
        opened.append(client_address)
        accept(self, request, client_address)

    monkeypatch.setattr(server._Server, "process_request", counted)
    connector(site, parallel=3).fetch(landing)
    assert len(landing.answers("completion")) == 103
    assert 2 <= len(opened) <= 3


# -- what may land ---------------------------------------------------------------------------------------------------


def landed_profile_fields(landing: FakeLanding) -> set[str]:
    return {
        field["shortname"]
        for answer in landing.answers("people")
        for user in json.loads(answer["body"])
        for field in user.get("customfields", [])
    }


def test_profile_fields_that_nobody_asked_for_are_not_landed(site: MoodleSimulator, tmp_path: Path) -> None:
    read, kept = FakeLanding(tmp_path / "a"), FakeLanding(tmp_path / "b")
    connector(site, drop=[]).fetch(read)
    connector(site, drop=["customfields.curp"], keep_profile_fields=["puesto"]).fetch(kept)
    assert landed_profile_fields(read) == {"sexo", "institucion", "curp"}
    assert landed_profile_fields(kept) == {"sexo", "institucion", "puesto"}


def test_the_manifest_says_that_other_profile_fields_were_removed() -> None:
    assert "customfields.*" in CONTRACT.drop
    bare = {"source": "m", "name": "M", "kind": "moodle", "connection": "m", "delivers": "snapshot per course"}
    assert MoodleSource.model_validate(bare).drop == ("customfields.*",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drop": ["id"]}, "se reconoce a cada persona"),
        ({"drop": ["customfields.puesto"], "keep_profile_fields": ["puesto"]}, "en keep_profile_fields o en drop"),
        ({"default_values": {"puesto": "No"}}, "campos del perfil que se leen"),
        ({"floor_percent": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_would_lose_or_leak_something_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        MoodleSource.model_validate(CONTRACT.model_dump() | change)


def test_a_default_value_is_no_answer(tmp_path: Path) -> None:
    files = landed_by_hand(tmp_path, recorded("moodle/enrolled_default_value.json"), {})
    plain = MoodleConnector(CONTRACT, PROJECT, Connection("x"))
    told = MoodleConnector(CONTRACT.model_copy(update={"default_values": {"sexo": "No"}}), PROJECT, Connection("x"))
    assert one(rows(list(plain.chunks(files)))["account"], account_ref="334")["sex"] == "No"
    accounts = rows(list(told.chunks(files)))["account"]
    assert one(accounts, account_ref="334")["sex"] is None
    assert one(accounts, account_ref="130")["sex"] == "mujer"


# -- editions that are not as the others -------------------------------------------------------------------------------


def project_with(*editions: dict[str, Any]) -> Project:
    """The demo's project with its one course in these editions."""
    course = Course.model_validate(PROJECT.courses[0].model_dump() | {"editions": editions})
    return replace(PROJECT, courses=(course,))


def edition(code: str, course: str, activities: dict[str, Any]) -> dict[str, Any]:
    delivery = {"source": "moodle_pnud", "course": course, "activities": activities}
    return {
        "edition": code, "name": code, "opens_on": "2020-04-07", "closes_on": "2020-05-18", "delivered_by": [delivery],
    }  # fmt: skip


ALL = {"M1": "Módulo 1", "M2": "Módulo 2", "M3": "Módulo 3", "certificate": "Certificado"}


@pytest.mark.parametrize("teachers", [0, 1])
def test_an_edition_without_people_holds_no_other_back(world: World, landing: FakeLanding, teachers: int) -> None:
    project = project_with(edition("PILOTO", "EISP-PILOTO-2019", ALL), edition(EDITION, EDITION, ALL))
    for user_id in [e.user_id for e in world.moodle.enrolments if e.course_id == 3]:
        world.unenrol(user_id, 1_600_000_000, course_id=3)
    if teachers:
        enrol(world.moodle, TEACHER, 3, role="editingteacher")
    with MoodleSimulator(world) as site:
        moodle = connector(site, project=project)
        moodle.fetch(landing)
    # Complete lists of none: where there were people before, the floor rejects the batch.
    assert {(d.dataset, d.scope, d.complete) for d in moodle.deliveries(landing.files)} == {
        ("people", "PILOTO", True), ("completion", "PILOTO", True),
        ("people", EDITION, True), ("completion", EDITION, True),
    }  # fmt: skip
    found = rows(list(moodle.chunks(landing.files)))
    waiting = found["enrolment"][found["enrolment"].edition == "PILOTO"]
    assert list(waiting.role) == ["editingteacher"] * teachers
    assert len(found["enrolment"]) == 103 + teachers


def test_a_site_without_anybody_is_a_lost_permission(world: World, landing: FakeLanding) -> None:
    world.moodle.enrolments.clear()
    with MoodleSimulator(world) as site, pytest.raises(PermanentError, match=r"no se encontró ninguna.*viewdetails"):
        connector(site).fetch(landing)


def test_an_edition_of_which_moodle_carries_two_modules_needs_nothing_of_the_third(
    world: World, landing: FakeLanding
) -> None:
    project = project_with(edition(EDITION, EDITION, {"M1": "Módulo 1", "M2": 2}))
    world.moodle.activities = [a for a in world.moodle.activities if a.cmid != 4]  # no certificate there
    with MoodleSimulator(world, capabilities=ALL_CAPABILITIES - {"mod/quiz:view"}) as site:
        moodle = connector(site, project=project)
        moodle.fetch(landing)
        assert moodle.check() == []
    found = rows(list(moodle.chunks(landing.files)))
    assert "certificate" not in found
    counted = found["module_completion"][found["module_completion"].out_of_scope.isna()]
    assert set(counted.module) == {"M1", "M2"}
    assert len(found["enrolment"]) == 103
    assert all(delivery.complete for delivery in moodle.deliveries(landing.files))


def test_who_moved_to_another_course_of_an_edition_keeps_what_was_completed(world: World, landing: FakeLanding) -> None:
    """Both courses have all modules; in the second the person begins anew, and is suspended in the first."""
    both = edition(EDITION, EDITION, ALL)
    both["delivered_by"] += edition(EDITION, "EISP-PILOTO-2019", ALL)["delivered_by"]
    for user_id in [e.user_id for e in world.moodle.enrolments if e.course_id == 3]:
        world.unenrol(user_id, 1, course_id=3)
    moved = next(e for e in world.moodle.enrolments if e.course_id == 2 and e.user_id == 130)
    world.enrol_again(moved.user_id, course_id=3)
    moved.suspended = True
    with MoodleSimulator(world) as site:
        moodle = connector(site, project=project_with(both))
        moodle.fetch(landing)
    found = {name: frame[frame.out_of_scope.isna()] for name, frame in rows(list(moodle.chunks(landing.files))).items()}
    enrolment = one_of(found["enrolment"], "130")
    assert list(enrolment.active) == ["true"]
    modules = one_of(found["module_completion"], "130")
    assert sorted(zip(modules.module, modules.state, strict=True)) == [(f"M{n}", "completed") for n in (1, 2, 3)]
    assert list(one_of(found["certificate"], "130").state) == ["obtained"]


def one_of(frame: Any, account: str) -> Any:
    return frame[frame.account_ref == account]


def test_of_whom_nobody_knows_whether_suspended_does_not_enter_the_population(tmp_path: Path) -> None:
    people = [{"id": 999, "roles": [{"shortname": "student"}]}, {"id": 130, "roles": [{"shortname": "student"}]}]
    files = landed_by_hand(tmp_path, people, {999: {"statuses": []}, 130: {"statuses": []}})
    enrolments = rows(list(MoodleConnector(CONTRACT, PROJECT, Connection("x")).chunks(files)))["enrolment"]
    assert one(enrolments, account_ref="999")["active"] is None
    assert one(enrolments, account_ref="130")["active"] == "true"


def test_who_has_a_students_role_of_the_sites_own_counts_with_what_was_completed(tmp_path: Path) -> None:
    people = [{"id": 999, "roles": [{"shortname": "participante"}]}, {"id": 130, "roles": [{"shortname": "tutor"}]}]
    statuses = recorded("moodle/activities_status.json")["14"]
    files = landed_by_hand(tmp_path, people, {999: statuses, 130: statuses})
    plain = MoodleConnector(CONTRACT, PROJECT, Connection("x"))
    told = MoodleConnector(CONTRACT.model_copy(update={"student_roles": ("participante",)}), PROJECT, Connection("x"))
    nobody, found = rows(list(plain.chunks(files))), rows(list(told.chunks(files)))
    assert set(nobody["enrolment"]["role"]) == {"participante", "tutor"}
    assert one(found["enrolment"], account_ref="999")["role"] == "student"
    assert one(found["enrolment"], account_ref="130")["role"] == "tutor"
    assert nobody["certificate"].out_of_scope.tolist() == ["rol_no_estudiante"] * 2
    assert one(found["certificate"], account_ref="999")["out_of_scope"] is None
    assert one(found["certificate"], account_ref="130")["out_of_scope"] == "rol_no_estudiante"


# -- lists that move ---------------------------------------------------------------------------------------------


class MovingSite(MoodleSimulator):
    """Changes the world when a given call comes."""

    def __init__(self, world: World, function: str, number: int, change: Callable[[], None]) -> None:
        super().__init__(world)
        self.function, self.number, self.change = function, number, change
        self.seen = 0

    def answer(self, request: Request) -> Response:
        if self.function in request.body.decode():
            self.seen += 1
            if self.seen == self.number:
                self.change()
        return super().answer(request)


def test_somebody_unenrolled_between_two_pages_hides_nobody(world: World, landing: FakeLanding) -> None:
    # Who stood first on page 2 moves to page 1, which was read already.
    with MovingSite(world, "core_enrol_get_enrolled_users", 2, lambda: world.unenrol(5, 1_600_000_000)) as site:
        moodle = connector(site, page_size=10)
        moodle.fetch(landing)
        found = rows(list(moodle.chunks(landing.files)))
    assert len(found["enrolment"]) == 102
    assert found["enrolment"].account_ref.is_unique
    assert all(delivery.complete for delivery in moodle.deliveries(landing.files))


def test_a_page_with_gaps_makes_nobody_vanish(
    site: MoodleSimulator, landing: FakeLanding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moodle = connector(site, page_size=10)
    visible = MoodleFunctions._visible
    # The service account is in one group only, and groups are separate.
    monkeypatch.setattr(
        MoodleFunctions, "_visible", lambda self, course, user: user % 7 and visible(self, course, user)
    )
    moodle.fetch(landing)
    assert Delivery("people", EDITION, False) in moodle.deliveries(landing.files)
    assert caplog.text.count("páginas con huecos") == 1
    assert "no se ve a todas las personas" in moodle.check()[0]


def test_somebody_listed_twice_is_one_record(world: World, landing: FakeLanding) -> None:
    def enrol() -> None:
        world.moodle.users[1] = world.moodle.users[5]
        world.moodle.users[1].id = 5
        world.enrol_again(1)

    with MovingSite(world, "core_enrol_get_enrolled_users", 2, enrol) as site:
        moodle = connector(site, page_size=10)
        moodle.fetch(landing)
        found = rows(list(moodle.chunks(landing.files)))
    assert found["enrolment"].account_ref.is_unique


def test_who_leaves_during_the_batch_is_not_active_and_keeps_the_record(world: World, landing: FakeLanding) -> None:
    leave = lambda: world.suspend_enrolment(30)  # noqa: E731
    with MovingSite(world, "core_completion_get_activities_completion_status", 1, leave) as site:
        moodle = connector(site)
        moodle.fetch(landing)
        enrolment = one(rows(list(moodle.chunks(landing.files)))["enrolment"], account_ref="30")
    assert enrolment["active"] == "false"


def test_an_account_deleted_during_the_batch_makes_completion_incomplete(world: World, landing: FakeLanding) -> None:
    delete = lambda: world.delete_account(400, 1_600_000_000)  # noqa: E731
    with MovingSite(world, "core_completion_get_activities_completion_status", 1, delete) as site:
        moodle = connector(site)
        moodle.fetch(landing)
    assert moodle.deliveries(landing.files) == [
        Delivery("people", EDITION, True),
        Delivery("completion", EDITION, False),
    ]


def test_without_the_second_active_list_nothing_is_complete(site: MoodleSimulator, landing: FakeLanding) -> None:
    moodle = connector(site)
    moodle.fetch(landing)
    people = next(file for file in landing.files if file.dataset == "people")
    answers = list(read_answers(people.path))
    people.path.unlink()
    with JsonLinesWriter(people.path) as writer:
        for answer in answers[:-2]:
            writer.write(answer["method"], answer["parameters"], 200, answer["body"])
    assert not any(delivery.complete for delivery in moodle.deliveries(landing.files))
    enrolment = rows(list(moodle.chunks(landing.files)))["enrolment"]
    assert enrolment.active.isna().all()


# -- what a service account may not see ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"moodle/user:viewdetails"}, "personas de NEISP-2020-1|cuentas de NEISP-2020-1"),
        ({"mod/quiz:view"}, r"actividad M3 .*mod/quiz:view"),
        ({"moodle/course:view"}, "errorcoursecontextnotvalid"),
        ({"moodle/course:enrolreview"}, "nopermissions"),
        ({"report/progress:view"}, "nopermissions"),
        ({"moodle/course:useremail", "moodle/site:viewuseridentity"}, "email"),
        ({"moodle/user:viewalldetails"}, "curp"),
        ({"webservice/rest:use"}, "accessexception"),
    ],
)
def test_a_missing_capability_is_said_not_swallowed(
    world: World, landing: FakeLanding, missing: set[str], words: str
) -> None:
    with (
        MoodleSimulator(world, capabilities=ALL_CAPABILITIES - missing) as site,
        pytest.raises(PermanentError, match=words),
    ):
        connector(site).fetch(landing)


def test_hidden_last_access_and_separate_groups_are_said(world: World, landing: FakeLanding, tmp_path: Path) -> None:
    capabilities = ALL_CAPABILITIES - {"moodle/course:viewhiddenuserfields", "moodle/site:accessallgroups"}
    with MoodleSimulator(world, capabilities=capabilities, hidden_user_fields={"lastaccess"}) as site:
        with pytest.raises(PermanentError, match="lastcourseaccess"):
            connector(site).fetch(landing)
        world.moodle.courses[2].separate_groups = True
        with pytest.raises(PermanentError, match="no se encontró ninguna"):
            connector(site).fetch(FakeLanding(tmp_path / "b"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda world: setattr(world.activity(3), "visible", False), "actividad M3"),
        (lambda world: setattr(world.activity(2), "name", "Módulo dos"), "actividad M2 .*se encontraron: 0"),
        (lambda world: setattr(world.activity(6), "visible", True), None),
        (lambda world: setattr(world.activity(7), "name", "Módulo 1"), None),
        (lambda world: setattr(world.activity(1), "completion", 0), "actividad M1"),
        (lambda world: setattr(world.activity(4), "name", "Módulo 3"), "se encontraron: 2"),
        (lambda world: setattr(world.moodle.courses[2], "completion_enabled", False), "la lista de nadie"),
        (lambda world: setattr(world.moodle.courses[2], "shortname", "OTRO"), "nombre corto que se encontraron: 0"),
    ],
)
def test_activities_are_found_by_name_among_the_visible_with_completion(
    world: World, landing: FakeLanding, change: Callable[[World], None], words: str | None
) -> None:
    change(world)
    expected = pytest.raises(PermanentError, match=words) if words else contextlib.nullcontext()
    with MoodleSimulator(world) as site, expected:
        connector(site).fetch(landing)


def test_activities_may_be_given_by_cmid() -> None:
    contents = recorded("moodle/contents.json")
    by_id = ContractDelivery(source="s", course="c", activities={"M1": 1, "certificate": 4})
    assert resolve("s", contents, EDITION, by_id) == {1: "M1", 4: "certificate"}
    # Hidden when the course ended, it would stop every night of the source; by name an old version must not be taken.
    hidden = ContractDelivery(source="s", course="c", activities={"M1": 6})
    assert resolve("s", contents, EDITION, hidden) == {6: "M1"}
    by_name = ContractDelivery(source="s", course="c", activities={"M1": "Módulo 2 (versión anterior)"})
    with pytest.raises(PermanentError, match="se ocultó, ponga su número"):
        resolve("s", contents, EDITION, by_name)
    twice = ContractDelivery(source="s", course="c", activities={"M1": 1, "M2": "Módulo 1"})
    with pytest.raises(PermanentError, match="la que ya está como"):
        resolve("s", contents, EDITION, twice)


# -- every shape of error ------------------------------------------------------------------------------------------


class Canned(Simulator):
    """Gives the same answers to everybody, the last one for ever."""

    def __init__(self, *responses: Response) -> None:
        super().__init__()
        self.responses = list(responses)
        self.requests = 0

    def answer(self, request: Request) -> Response:
        self.requests += 1
        return self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]


PAGES = recorded("moodle/pages_instead_of_json.json")
ERRORS = {name: e for name, e in recorded("moodle/errors.json").items() if isinstance(e, dict) and "errorcode" in e}


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_a_recorded_error_is_never_landed_as_data(name: str, landing: FakeLanding) -> None:
    error = ERRORS[name]
    with Canned(Response(json.dumps(error).encode())) as site:
        passing = error["errorcode"] in ("sitemaintenance", "dbconnectionfailed")
        with pytest.raises(TransientError if passing else MoodleRefusal) as caught:
            connector(site).fetch(landing)
    assert error["errorcode"] in str(caught.value)
    assert error["message"] not in str(caught.value)
    assert error.get("debuginfo", "nothing") not in str(caught.value)
    assert all(landing.answers(dataset) == [] for dataset in ("structure", "people", "completion"))


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (Response(b"", "text/html", 403), PermanentError, "Active en el sitio los servicios web"),
        (Response(b"no", "text/html", 403), PermanentError, "estado HTTP 403"),
        (Response(b"<html>", "text/html", 404), PermanentError, "estado HTTP 404"),
        (
            Response(b"", "text/html", 302, headers={"Location": "https://other.example/"}),
            PermanentError,
            "redirección",
        ),
        (Response(b"<html>", "text/html", 500), TransientError, "estado HTTP 500"),
        (Response(b"<html>", "text/html", 503), TransientError, "estado HTTP 503"),
        (Response(b"", "text/html", 429), TransientError, "estado HTTP 429"),
        (Response(b"<!DOCTYPE html><p>Proxy</p>", "text/html"), TransientError, "se esperaba JSON"),
        (Response(b'<?xml version="1.0"?><RESPONSE/>', "application/xml"), TransientError, "se esperaba JSON"),
        (Response(b'{"courses":[{"id":2,"short'), TransientError, "se esperaba JSON"),
        (Response(b"\xff\xfe\x00"), TransientError, "se esperaba JSON"),
        (Response(b"[" * 100_000 + b"]" * 100_000), TransientError, "se esperaba JSON"),
        (Response(b"null"), PermanentError, "nombre corto que se encontraron: 0"),
        (Response(b'{"error":"x","errorcode":"invalidlogin"}'), PermanentError, "excepción invalidlogin"),
        # A plugin whose PHP file was saved with a mark writes it before every answer, and the site works.
        (Response(b'\xef\xbb\xbf{"error":"x","errorcode":"invalidlogin"}'), PermanentError, "excepción invalidlogin"),
        (Response(PAGES["maintenance"].encode(), "text/html", 503), TransientError, "estado HTTP 503"),
        (Response(PAGES["maintenance"].encode(), "text/html"), TransientError, "se esperaba JSON"),
        (Response(PAGES["not_found"].encode(), "text/html", 404), PermanentError, "estado HTTP 404"),
        (Response(b'{"exception":"x","errorcode":"<b>?","message":"m"}'), PermanentError, "excepción desconocida"),
    ],
)
def test_http_trouble(landing: FakeLanding, response: Response, kind: type[Exception], words: str) -> None:
    with Canned(response) as site, pytest.raises(kind, match=words) as caught:
        connector(site).fetch(landing)
    assert "t0ken" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "body", "words"),
    [
        ("core_enrol_get_enrolled_users", '[{"id": 1, "customfields": [{"shortname": ["a"]}]}]', "en nadie"),
        ("get_activities_completion_status", '{"statuses": [{"cmid": {"a": 1}, "state": 1}]}', "en la lista de nadie"),
    ],
)
def test_a_value_of_another_kind_is_an_error_of_the_house(
    world: World, landing: FakeLanding, function: str, body: str, words: str
) -> None:
    class Odd(MoodleSimulator):
        def answer(self, request: Request) -> Response:
            response = super().answer(request)
            return Response(body.encode()) if function.encode() in request.body else response

    with Odd(world) as site, pytest.raises(PermanentError, match=words):
        connector(site).fetch(landing)


def test_maintenance_tells_how_long_and_does_not_sleep(site: MoodleSimulator, landing: FakeLanding) -> None:
    site.trouble = "maintenance_cli"
    with pytest.raises(TransientError, match="503") as caught:
        connector(site).fetch(landing)
    assert caught.value.retry_after == 300


@pytest.mark.parametrize("trouble", ["maintenance", "database_down"])
def test_a_site_out_of_service_is_transient(site: MoodleSimulator, landing: FakeLanding, trouble: Any) -> None:
    site.trouble = trouble
    with pytest.raises(TransientError):
        connector(site).fetch(landing)


def test_an_expired_token_is_permanent_both_times(site: MoodleSimulator, landing: FakeLanding) -> None:
    site.expire_token()
    with pytest.raises(PermanentError, match="accessexception"):
        connector(site).fetch(landing)
    with pytest.raises(PermanentError, match="invalidtoken"):
        connector(site).fetch(landing)


def test_a_few_503_are_sat_out_and_many_are_not(site: MoodleSimulator, landing: FakeLanding, tmp_path: Path) -> None:
    site.fail_next(2)
    connector(site).fetch(landing)
    assert len(landing.answers("completion")) == 103
    site.fail_next(20)
    with pytest.raises(TransientError, match="503"):
        connector(site).fetch(FakeLanding(tmp_path / "b"))


class CutOff:
    """A server that cuts the first connections: before the head, or in the middle of the body."""

    def __init__(self, times: int, *, in_body: bool) -> None:
        self.times, self.in_body, self.requests = times, in_body, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        body = b'{"exception":"e","errorcode":"invalidtoken","message":"m"}'
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                with connection:
                    connection.recv(65536)
                    self.requests += 1
                    cut = self.requests <= self.times
                    if cut and not self.in_body:
                        continue
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode() + (body[:10] if cut else body))

    def close(self) -> None:
        self.socket.close()


@pytest.mark.parametrize("in_body", [True, False])
def test_a_cut_connection_is_tried_again(landing: FakeLanding, in_body: bool) -> None:
    with contextlib.closing(CutOff(2, in_body=in_body)) as server, pytest.raises(PermanentError, match="invalidtoken"):
        connector(server).fetch(landing)
    with contextlib.closing(CutOff(99, in_body=in_body)) as server, pytest.raises(TransientError, match="interrumpida"):
        connector(server).fetch(landing)
    assert server.requests == http.TRIES


def test_no_server_and_no_address(landing: FakeLanding) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    nobody = MoodleConnector(CONTRACT, PROJECT, Connection(f"http://127.0.0.1:{port}", password="t0ken"))
    with pytest.raises(TransientError, match="conexión interrumpida"):
        nobody.fetch(landing)
    for host in ("", "ftp://aula.example", "https://aula.example/?wstoken=1", "https://a b"):
        wrong = MoodleConnector(CONTRACT, PROJECT, Connection(host, password="t0ken"))
        with pytest.raises(PermanentError, match="dirección mal escrita"):
            wrong.fetch(landing)


def test_a_server_that_does_not_answer_is_transient(landing: FakeLanding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        contract = CONTRACT.model_copy(update={"timeout": 0.1})
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TransientError, match=r"0\.1 s"):
            MoodleConnector(contract, PROJECT, Connection(address, password="t0ken")).fetch(landing)


# -- records that are not as they should be ------------------------------------------------------------------------


def listing(start: int = 0, active: bool = False) -> dict[str, str]:
    options = {"limitfrom": str(start), **({"onlyactive": "1"} if active else {})}
    named = {f"options[{n}][name]": name for n, name in enumerate(options)}
    return {"courseid": "2", **named, **{f"options[{n}][value]": value for n, value in enumerate(options.values())}}


def landed_by_hand(folder: Path, people: Any, statuses: dict[int, Any]) -> list[LandedFile]:
    active = [{"id": user_id} for user_id in statuses]
    return [
        landed(
            folder,
            "structure",
            (
                "core_course_get_courses_by_field",
                {"field": "shortname", "value": EDITION},
                {"courses": [{"id": 2, "shortname": EDITION}]},
            ),
            ("core_course_get_contents", {"courseid": "2"}, recorded("moodle/contents.json")),
        ),
        landed(
            folder,
            "people",
            ("core_enrol_get_enrolled_users", listing(), people),
            ("core_enrol_get_enrolled_users", listing(active=True), active),
            ("core_user_get_users_by_field", {"field": "id"}, recorded("moodle/users_by_id.json")),
            ("core_enrol_get_enrolled_users", listing(active=True), active),
        ),
        landed(
            folder,
            "completion",
            *(
                ("core_completion_get_activities_completion_status", {"courseid": "2", "userid": str(user_id)}, body)
                for user_id, body in statuses.items()
            ),
        ),
    ]


def test_recorded_people_and_statuses(tmp_path: Path) -> None:
    statuses = {
        int(user_id): body
        for name in ("activities_status", "activities_status_other")
        for user_id, body in recorded(f"moodle/{name}.json").items()
    }
    files = landed_by_hand(tmp_path, recorded("moodle/enrolled.json"), statuses)
    found = rows(list(MoodleConnector(CONTRACT, PROJECT, Connection("x")).chunks(files)))
    assert {"66", "334"} <= set(found["enrolment"].account_ref)
    assert one(found["account"], account_ref="66")["sex"] in ("mujer", "hombre")
    assert one(found["account"], account_ref="334")["sex"] is None
    # Somebody who is not listed counts as no student: unenrolled, deleted.
    assert set(found["module_completion"].out_of_scope.dropna()) >= {"actividad_no_configurada"}
    assert one(found["module_completion"], account_ref="14", module="M3")["state"] == "failed"
    at = one(found["module_completion"], account_ref="14", module="M1")["completed_at"]
    assert at == "2020-04-21T05:54:38+00:00"


def test_strange_records_are_unreadable_and_strange_values_stay(tmp_path: Path) -> None:
    person = {
        "id": 7,
        "fullname": " Jose\u0301  Núñez ",
        "customfields": [{"shortname": "sexo", "value": "Otro"}, "?"],
        "roles": [{"shortname": "guest"}, {"shortname": "student"}],
        "lastcourseaccess": "ayer",
    }
    statuses = [
        {"cmid": 1, "state": 9, "timecompleted": 5},
        {"cmid": 2, "state": "1", "timecompleted": 5},
        {"cmid": 3, "state": 2, "timecompleted": "mañana"},
        {"cmid": 4, "state": 2, "timecompleted": 0},
        {"state": 1},
        "no object",
    ]
    people = [person, {"fullname": "without id"}, "no object"]
    files = landed_by_hand(tmp_path, people, {7: {"statuses": statuses}, 8: {"warnings": []}, 9: '{"statuses": [{'})
    chunks = {chunk.dataset: chunk for chunk in MoodleConnector(CONTRACT, PROJECT, Connection("x")).chunks(files)}
    reasons = [chunks["people"].unreadable, chunks["completion"].unreadable]
    assert sorted(reasons[0].values()) == ["persona_sin_id"] * 2
    assert sorted(reasons[1].values()) == ["estado_sin_actividad"] * 2 + ["respuesta_sin_estados"] * 2
    assert all(set(by_index.values()) <= UNREADABLE.keys() for by_index in reasons)
    assert chunks["completion"].positions[-1] == "3"
    found = rows(list(chunks.values()))
    assert one(found["account"])["sex"] == "Otro"
    assert one(found["account_identity"])["full_name"] == "José  Núñez"
    enrolment = one(found["enrolment"])
    assert (enrolment["role"], enrolment["accessed_at"], enrolment["suspended"]) == ("student", "ayer", None)
    assert one(found["module_completion"], module="M1")["state"] == "9"
    assert one(found["module_completion"], module="M2")["state"] == "1"
    assert one(found["module_completion"], module="M3")["completed_at"] == "mañana"
    assert one(found["certificate"])["obtained_at"] is None


def test_chunks_need_the_whole_batch(tmp_path: Path) -> None:
    files = landed_by_hand(tmp_path, recorded("moodle/enrolled.json"), {})
    with pytest.raises(PermanentError, match="no se encontró el conjunto structure"):
        list(MoodleConnector(CONTRACT, PROJECT, Connection("x")).chunks(files[1:]))


def test_recorded_answers_without_the_quiz_stop_the_edition() -> None:
    delivery = ContractDelivery(source="s", course="c", activities={"M3": "Módulo 3"})
    with pytest.raises(PermanentError, match=r"M3.*mod/quiz:view"):
        resolve("s", recorded("moodle/without_quiz_view.json")["contents"], EDITION, delivery)
    statuses = recorded("moodle/without_quiz_view.json")["status"]["statuses"]
    assert 3 not in {status["cmid"] for status in statuses}


def test_zeros_about_somebody_who_is_not_enrolled_count_for_nothing(tmp_path: Path) -> None:
    body = recorded("moodle/status_of_somebody_not_enrolled.json")
    files = landed_by_hand(tmp_path, recorded("moodle/enrolled.json"), {130: body})
    found = rows(list(MoodleConnector(CONTRACT, PROJECT, Connection("x")).chunks(files)))
    assert found["module_completion"].out_of_scope.notna().all()


def test_an_upgrade_that_waits_does_not_stop_the_self_test() -> None:
    functions = recorded("moodle/upgrade_pending.json")
    with Canned(Response(json.dumps(functions).encode())) as site:
        assert not any("no acepta" in problem for problem in connector(site).check())


# -- anything at all ---------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec=None), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def things(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Objects with some of these keys, each as it should be or as anything; and what is no object."""
    return st.fixed_dictionaries({}, optional={key: VALUES | good for key, good in keys.items()}) | VALUES


PEOPLE = things(
    {
        "id": st.integers(1, 9),
        "fullname": TEXTS,
        "email": TEXTS,
        "roles": st.lists(st.fixed_dictionaries({"shortname": TEXTS | st.just("student")}) | VALUES, max_size=2),
        "customfields": st.lists(
            st.fixed_dictionaries({"shortname": st.sampled_from(["sexo", "curp", "x"]), "value": VALUES}) | VALUES,
            max_size=3,
        ),
        "lastcourseaccess": st.integers(0, 2_000_000_000),
    }
)
STATUSES = things({"cmid": st.integers(1, 8), "state": st.integers(-1, 5), "timecompleted": st.integers(-1, 10**12)})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(PEOPLE, max_size=5),
    statuses=st.dictionaries(
        st.integers(1, 9), st.fixed_dictionaries({"statuses": st.lists(STATUSES, max_size=4) | VALUES}) | VALUES,
        max_size=3,
    ),
)  # fmt: skip
def test_whatever_a_site_answers_no_record_is_lost(tmp_path: Path, people: list[Any], statuses: dict[int, Any]) -> None:
    bodies = {user_id: json.dumps(body) for user_id, body in statuses.items()}
    files = landed_by_hand(tmp_path, json.dumps(people), bodies)
    moodle = MoodleConnector(CONTRACT, PROJECT, Connection("x"))
    moodle.deliveries(files)
    chunks = list(moodle.chunks(files))
    frames = rows(chunks)
    records = {chunk.dataset: len(chunk.records) for chunk in chunks}

    def is_person(thing: Any) -> bool:
        return isinstance(thing, dict) and isinstance(thing.get("id"), int) and not isinstance(thing["id"], bool)

    distinct = {person["id"] for person in people if is_person(person)}
    assert records.get("people", 0) == len(distinct) + sum(not is_person(person) for person in people)
    expected = 0
    for body in statuses.values():
        listed = body.get("statuses") if isinstance(body, dict) else None
        expected += len(listed) if isinstance(listed, list) else 1
    assert records.get("completion", 0) == expected
    for frame in frames.values():  # what PostgreSQL could not store
        for value in frame.drop(columns="record").to_numpy().flatten():
            assert not isinstance(value, str) or b"\x00" not in value.encode()


# -- small parts -----------------------------------------------------------------------------------------------


def test_landed_lines_come_back_as_they_went(tmp_path: Path) -> None:
    body = 'á\u2028"\\/\r\n\U0001f44f'
    path = tmp_path / "a.jsonl.zst"
    with JsonLinesWriter(path) as writer:
        writer.write("f", {"n": 1}, 200, body)
        writer.write("g", {}, 503, "")
    assert list(read_answers(path)) == [
        {"ordinal": 1, "method": "f", "parameters": {"n": 1}, "http_status": 200, "body": body},
        {"ordinal": 2, "method": "g", "parameters": {}, "http_status": 503, "body": ""},
    ]
    memory = io.BytesIO()
    again = JsonLinesWriter(memory, level=19)
    again.write("f", {"n": 1}, 200, body)
    again.write("g", {}, 503, "")
    again.close()
    again.close()
    assert (again.sha256, again.byte_count, again.count) == (writer.sha256, writer.byte_count, 2)
    import zstandard

    content = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).readall()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (writer.sha256, writer.byte_count)
    with pytest.raises(FileExistsError):
        JsonLinesWriter(path)


def test_a_damaged_landed_file_is_permanent(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    with JsonLinesWriter(path) as writer:
        for number in range(1000):
            writer.write("f", {"n": number}, 200, hashlib.sha256(str(number).encode()).hexdigest())
    whole = path.read_bytes()
    for damaged in (b"no zstd at all", whole[: len(whole) // 2], whole[:100] + b"\x00" * 50 + whole[150:]):
        path.write_bytes(damaged)
        with pytest.raises(PermanentError, match="dañado"):
            list(read_answers(path))


def test_a_landed_text_nested_too_deeply_is_no_data() -> None:
    assert parsed("[" * 100_000 + "]" * 100_000) is None
    assert parsed("[1]") == [1]


def test_texts_are_clean() -> None:
    assert text("  e\u0301 ") == "é"
    assert text("") is None
    assert text("   ") is None
    assert text(None) is None
    assert text(0) == "0"
    assert text(True) == "true"
    assert text("a\x00b") == "a\ufffdb"
    assert text("\u200bana@x.example \u2060\ufeff") == "ana@x.example", "as copied from a chat; another one otherwise"
    assert text("half \ud83d emoji \U0001f44f").encode() == "half \ufffd emoji \U0001f44f".encode()  # type: ignore[union-attr]


def test_instants() -> None:
    assert instant(1589036645) == "2020-05-09T15:04:05+00:00"
    assert instant("1589036645") == "2020-05-09T15:04:05+00:00"
    assert instant(0) is None
    assert instant(None) is None
    assert instant(-1) is None
    assert instant(10**30) == str(10**30)
    assert instant([1]) == "[1]"


def test_answers_in_order_stop_at_the_first_failure() -> None:
    assert list(in_order(lambda n: n * n, range(100), 4)) == [n * n for n in range(100)]
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        if number == 5:
            raise TransientError("x")
        return number

    with pytest.raises(TransientError):
        list(in_order(ask, range(10_000), 2))
    assert len(asked) < 50
