"""The frame of the page: nobody without a login, and what every answer carries."""


def test_a_stranger_sees_nothing_but_the_style_sheet(ask) -> None:
    stranger = ask(None)
    assert stranger.get("/").status_code == 401
    assert stranger.get("/static/page.css").status_code == 200


def test_every_answer_forbids_what_is_not_ours(ask) -> None:
    answer = ask("viewer").get("/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
