"""What a template takes from the texts is there: it is asked for only when a page is shown, perhaps in no test."""

import re
from pathlib import Path

from trimestre import texts, web

TEMPLATES = sorted((Path(web.__file__).parent / "templates").glob("*.html"))


def test_no_page_fails_for_a_text_that_is_gone() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES}
    taken = {(name, text) for name, said in written.items() for text in re.findall(r"\btexts\.(\w+)", said)}
    assert taken
    assert [place for place in sorted(taken) if not hasattr(texts, place[1])] == []
