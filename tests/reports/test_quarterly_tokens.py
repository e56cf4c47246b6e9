"""Tokens in prose: found however Word cut them, and nothing around them is lost."""

from io import BytesIO
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from trimestre.errors import ContractError
from trimestre.reports.word.controls import MOST, control_around, fitting, run_like, tag_of
from trimestre.reports.word.package import Package, W, w
from trimestre.reports.word.tokens import TOKEN, replace_tokens

TEMPLATE = (Path(__file__).parents[2] / "framework/templates/informe-es.docx").read_bytes()
KNOWN = {"L2-01": "400", "L2-01.meta": "350"}
WORDS = st.sampled_from(["{{L2-01}}", "{{ L2-01.meta }}", "{{L9-99}}", "hola ", "{", "}}", "{{", "a & <b>", " ", "é"])


def paragraph_of(pieces: list[str], tracked: bool) -> Any:
    """A paragraph with a run for each piece, every other one inserted with tracked changes."""
    paragraph = etree.Element(w("p"), nsmap={"w": W})
    for number, piece in enumerate(pieces):
        parent = etree.SubElement(paragraph, w("ins")) if tracked and number % 2 else paragraph
        run = etree.SubElement(parent, w("r"))
        etree.SubElement(etree.SubElement(run, w("rPr")), w("b"))
        etree.SubElement(run, w("t")).text = piece
        etree.SubElement(run, w("tab"))
    return paragraph


@given(st.lists(WORDS, max_size=8).map("".join), st.lists(st.integers(1, 60), max_size=6), st.booleans())
def test_a_token_is_found_however_it_is_cut(text: str, cuts: list[int], tracked: bool) -> None:
    places = sorted({cut for cut in cuts if cut < len(text)})
    pieces = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    paragraph = paragraph_of(pieces, tracked)

    def make(token: str, run: Any) -> Any:
        return control_around(token, run_like(run, KNOWN[token])) if token in KNOWN else None

    left = replace_tokens(paragraph, make)
    expected = text
    for token, value in (("{{L2-01}}", "400"), ("{{ L2-01.meta }}", "350")):
        expected = expected.replace(token, value)
    assert "".join(paragraph.itertext(w("t"))) == expected
    assert len(list(paragraph.iter(w("sdt")))) == text.count("{{L2-01}}") + text.count("{{ L2-01.meta }}")
    assert left == [found[0] for found in TOKEN.finditer(text) if found[1] not in KNOWN]
    assert left.count("{{L9-99}}") == text.count("{{L9-99}}")
    assert len(list(paragraph.iter(w("tab")))) == len(pieces), "what is no text stays"
    assert all(run.find(f"{w('rPr')}/{w('b')}") is not None for run in paragraph.iter(w("r")))
    assert all(control.getparent().tag in {w("p"), w("ins")} for control in paragraph.iter(w("sdt")))


@given(st.integers(0, len(TEMPLATE) - 1), st.binary(min_size=1, max_size=40), st.booleans())
def test_a_damaged_file_is_refused_in_words(at: int, damage: bytes, cut: bool) -> None:
    content = TEMPLATE[:at] if cut else TEMPLATE[:at] + damage + TEMPLATE[at + len(damage) :]
    try:
        package = Package.read(BytesIO(content), "informe.docx")
    except ContractError as error:
        assert str(error).startswith("informe.docx: ")  # noqa: PT017 (most damages are refused, not all)
    else:
        assert package.tree(package.main).tag == w("document")


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=200))
def test_a_tag_is_never_longer_than_word_allows_and_tells_figures_apart(one: str, other: str) -> None:
    assert len(fitting(one)) <= MOST
    assert (fitting(one) == fitting(other)) == (one == other)


def test_a_control_keeps_its_tag() -> None:
    run = etree.fromstring(f'<w:r xmlns:w="{W}"><w:t>1</w:t></w:r>')
    assert (
        tag_of(control_around("L2-01/edition×sex=NEISP × mujer/value", run)) == "L2-01/edition×sex=NEISP × mujer/value"
    )
