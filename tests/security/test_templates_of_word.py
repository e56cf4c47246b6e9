"""A Word template is edited by people and may be borrowed: it shows what it is given, and reaches nothing behind it."""

from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest

from trimestre.errors import ContractError
from trimestre.reports.sheets import fill

AT = datetime(2020, 7, 1, tzinfo=UTC)


def template(path: Path, text: str) -> Path:
    document = docx.Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}", "{{ nombre.__class__.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lista.append(1) }}", "{{ ''.format.__self__.__class__.__base__.__subclasses__() }}",
    ],
)  # fmt: skip
def test_a_template_reaches_nothing_of_python(text: str, tmp_path: Path) -> None:
    wrong = template(tmp_path / "ficha-es.docx", text)
    with pytest.raises(ContractError, match=r"ficha-es\.docx"):
        fill(wrong, tmp_path / "hecho.docx", {"nombre": "x", "lista": []}, AT)
    assert not (tmp_path / "hecho.docx").exists()


def test_what_is_filled_in_is_text_even_if_it_looks_like_a_template(tmp_path: Path) -> None:
    right = template(tmp_path / "ficha-es.docx", "{{ nombre }}")
    evil = "<w:p/>&amp; {{ 7 * 7 }} =1+1 ]]>"
    made = fill(right, tmp_path / "hecho.docx", {"nombre": evil}, AT)
    assert docx.Document(str(made)).paragraphs[0].text == evil
