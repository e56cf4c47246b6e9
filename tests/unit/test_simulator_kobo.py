"""The simulated KoboToolbox answers as documented, traps included."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from the_case import new_world

from trimestre.simulators.kobo import KoboSimulator
from trimestre.simulators.people import wall_clock


@pytest.fixture
def kobo() -> Iterator[KoboSimulator]:
    with KoboSimulator(new_world()) as simulator:
        yield simulator


def get(kobo: KoboSimulator, path: str, *, known: bool | None = True, **parameters: Any) -> requests.Response:
    headers = {} if known is None else {"Authorization": f"Token {kobo.token if known else 'otra'}"}
    url = f"{kobo.url}/api/v2/assets/{path}"
    return requests.get(url, params=parameters, headers=headers, timeout=10)


def page(kobo: KoboSimulator, **parameters: Any) -> dict[str, Any]:
    response = get(kobo, f"{kobo.form.uid}/data/", **parameters)
    assert response.status_code == 200
    data: dict[str, Any] = response.json()
    return data


def ids(data: dict[str, Any]) -> list[int]:
    return [row["_id"] for row in data["results"]]


def test_pages_are_cut_silently_and_only_start_moves_them(kobo: KoboSimulator) -> None:
    for _ in range(1_100):
        kobo.submit()
    assert len(ids(page(kobo))) == 100
    assert len(ids(page(kobo, limit=30_000))) == 1_000
    first, second = page(kobo, start=0, limit=400), page(kobo, start=400, limit=400)
    assert not set(ids(first)) & set(ids(second))
    assert first["previous"] is None
    assert "start=400" in first["next"]
    assert page(kobo, start=800, limit=400)["next"] is None
    trap = page(kobo, page=2, limit=400)
    assert ids(trap) == ids(first)
    assert "start=800" in trap["next"]
    assert ids(page(kobo, offset=400, limit=400)) == ids(first)
    assert {one["count"] for one in (first, second, trap)} == {1_124}


def test_refusals_have_the_documented_shapes(kobo: KoboSimulator) -> None:
    uid = kobo.form.uid
    wrong = get(kobo, f"{uid}/", known=False)
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Invalid token."})
    # Whether it is missing, private or not shared is not revealed.
    not_shared = get(kobo, f"{uid}/", known=None)
    assert (not_shared.status_code, not_shared.json()) == (404, {"detail": "Not found."})
    assert get(kobo, "aNoExiste/").json() == not_shared.json()
    kobo.form.viewable = False
    assert get(kobo, f"{uid}/data/").status_code == 404
    kobo.form.viewable = True
    for parameters in ({"limit": 0}, {"limit": "todo"}, {"query": "{"}, {"count": 1}):
        assert get(kobo, f"{uid}/data/", **parameters).status_code == 400
    kobo.form.versions[0].deployed = False
    assert get(kobo, f"{uid}/data/").json() == {"detail": "The specified asset has not been deployed"}
    assert get(kobo, f"{uid}/").json()["has_deployment"] is False


def test_edits_keep_id_and_root_and_time(kobo: KoboSimulator) -> None:
    before = page(kobo, limit=1)["results"][0]
    kobo.edit(before["_id"], {"satisfaccion": "1", "comentarios": "otra cosa"})
    after = page(kobo, limit=1)["results"][0]
    same = ("_id", "_submission_time", "meta/rootUuid")
    assert [after[key] for key in same] == [before[key] for key in same]
    assert after["_uuid"] != before["_uuid"]
    assert after["meta/deprecatedID"] == f"uuid:{before['_uuid']}"
    kobo.delete(before["_id"])
    gone = page(kobo)
    assert before["_id"] not in ids(gone)
    assert gone["count"] == 23


def test_versions_keep_what_the_draft_has_lost(kobo: KoboSimulator) -> None:
    first = kobo.form.versions[0]
    kobo.draft({**first.content, "survey": []})
    asset = get(kobo, f"{kobo.form.uid}/").json()
    assert asset["content"]["survey"] == []
    assert asset["deployed_version_id"] == first.uid != asset["version_id"]
    assert get(kobo, f"{kobo.form.uid}/versions/{first.uid}/").json()["content"] == first.content
    assert get(kobo, f"{kobo.form.uid}/versions/vNoExiste/").status_code == 404


def test_queries_fields_and_back_dated_imports(kobo: KoboSimulator) -> None:
    old = kobo.submit({"satisfaccion": "5"}, at=wall_clock(2019, 1, 2))
    found = page(kobo, query='{"_submission_time":{"$lt":"2020-01-01"}}', fields='["_id","_uuid"]')
    assert [set(row) for row in found["results"]] == [{"_id", "_uuid"}]
    assert ids(found) == [old]
    assert ids(page(kobo, sort='{"_id":-1}'))[0] == old


def test_it_fails_as_often_as_told(kobo: KoboSimulator) -> None:
    kobo.fail_next(2, status=429, headers={"Retry-After": "1"})
    answers = [get(kobo, f"{kobo.form.uid}/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "1"


def test_the_same_seed_gives_the_same_submissions() -> None:
    assert KoboSimulator(new_world()).form == KoboSimulator(new_world()).form
