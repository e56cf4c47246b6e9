"""The view *Documentos*: only what was written is given out, to those who may have it."""

import hashlib
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from trimestre.reports import documents
from trimestre.reports.naming import file_name
from trimestre.reports.quarter import Quarter

if TYPE_CHECKING:
    from conftest import DemoPlant

ENDINGS = {"informe": "docx", "iati": "xml", "dqa": "docx"}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Documents of a line each, and which were written: document, version and audience."""
    calls: list[tuple[str, str, str]] = []
    for name, ending in ENDINGS.items():

        def write(
            quarter: Quarter, folder: Path, language: str = "es", *, name: str = name, ending: str = ending
        ) -> Any:
            calls.append((name, quarter.version.kind, quarter.audience))
            path = folder / file_name(name, quarter, language, ending)
            path.write_text(f"{name} {quarter.version.kind} {language}")
            return [path]

        module = ModuleType(f"fake_{name}")
        module.write = write  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(documents, "DOCUMENTS", {name: f"fake_{name}" for name in ENDINGS})
    monkeypatch.setattr("trimestre.web.documents.DOCUMENTS", documents.DOCUMENTS)
    return calls


def test_the_documents_that_lack_are_written_and_given_out_as_they_are(
    ask, written: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    op, viewer = ask("op"), ask("viewer", name="lectora")
    before = op.get("/documentos?trimestre=2020-Q2")
    assert before.status_code == 200
    assert "Todavía no se ha escrito ninguno." in before.text
    assert "Faltan: Informe trimestral, Resultados en formato IATI 2.03, Evaluación de calidad de datos (DQA)." in (
        before.text
    )
    form = {"trimestre": "2020-Q2", "version": "v1", "idioma": "es"}
    answer = op.post("/documentos", data=form)
    assert answer.status_code == 303
    assert written == [
        ("informe", "oficial", "internal"),
        ("iati", "oficial", "public"),
        ("dqa", "oficial", "internal"),
    ]
    after = op.get(answer.headers["location"])
    assert "Archivos escritos: 3." in after.text
    content = b"informe oficial es"
    assert hashlib.sha256(content).hexdigest() in after.text

    given = viewer.get("/documentos/2020-Q2/v1/informe-2020-Q2-v1.docx")
    assert (given.status_code, given.content) == (200, content)
    assert given.headers["content-disposition"] == 'attachment; filename="informe-2020-Q2-v1.docx"'
    assert given.headers["content-type"].endswith("wordprocessingml.document")
    assert viewer.get("/documentos/2020-Q2/v1/iati-2020-Q2-v1.xml").headers["content-type"] == "application/xml"

    # The facts about runs are for those who operate; a viewer neither sees nor gets them, and writes nothing.
    assert op.get("/documentos/2020-Q2/v1/dqa-2020-Q2-v1.docx").status_code == 200
    assert viewer.get("/documentos/2020-Q2/v1/dqa-2020-Q2-v1.docx").status_code == 403
    seen = viewer.get("/documentos?trimestre=2020-Q2").text
    assert "informe-2020-Q2-v1.docx" in seen
    assert "dqa-2020-Q2" not in seen
    assert '<form method="post"' not in seen
    assert viewer.post("/documentos", data=form).status_code == 403
    assert len(written) == 3

    # In another language all of them lack; written again, the same take their places.
    assert op.post("/documentos", data=form | {"idioma": "en"}).status_code == 303
    assert op.post("/documentos", data=form | {"todo": "si"}).status_code == 303
    files = sorted(path.name for path in (tmp_path / "documents/2020-Q2/v1").iterdir())
    assert files == sorted(
        f"{name}-2020-Q2-v1{mark}.{ending}" for name, ending in ENDINGS.items() for mark in ("", "-en")
    )


def test_nothing_but_what_was_written_leaves_the_folder(ask, written: list[Any], tmp_path: Path) -> None:
    op = ask("op")
    assert op.post("/documentos", data={"trimestre": "2020-Q2", "version": "v1", "idioma": "es"}).status_code == 303
    folder = tmp_path / "documents/2020-Q2/v1"
    (folder / "secreto.docx").write_text("no")
    (folder / "informe-secreto.key").write_text("no")
    (tmp_path / "documents/2020-Q2/informe-fuera.docx").write_text("no")
    for name in (
        "secreto.docx",
        "informe-secreto.key",
        "..%2Finforme-fuera.docx",
        "%2e%2e/informe-fuera.docx",
        "informe-2020-Q2-v1.docx%00",
        "%2Fetc%2Fpasswd",
        "a" * 5000,
    ):
        assert op.get(f"/documentos/2020-Q2/v1/{name}").status_code in (404, 422), name
    for place in ("2020-Q2/v2", "2020-Q2/..", "2020-Q2/preliminar", "2020-Q9/v1", "2031-Q1/v1", "2020-Q2/v01"):
        assert op.get(f"/documentos/{place}/informe-2020-Q2-v1.docx").status_code in (404, 422), place
    assert ask(None).get("/documentos/2020-Q2/v1/informe-2020-Q2-v1.docx").status_code == 401


def test_all_documents_of_a_version_come_in_one_archive_without_what_one_may_not_see(
    ask, written: list[Any], tmp_path: Path
) -> None:
    op, viewer = ask("op"), ask("viewer", name="lectora")
    assert op.get("/documentos/2020-Q2/v1/todo.zip").status_code == 404
    op.post("/documentos", data={"trimestre": "2020-Q2", "version": "v1", "idioma": "es"})
    (tmp_path / "documents/2020-Q2/v1/secreto.docx").write_text("no")
    for visitor, count in ((op, 3), (viewer, 2)):
        assert f"Descargar los {count} archivos en un .zip" in visitor.get("/documentos?trimestre=2020-Q2").text
        answer = visitor.get("/documentos/2020-Q2/v1/todo.zip")
        assert answer.headers["content-disposition"] == 'attachment; filename="documentos-2020-Q2-v1.zip"'
        with ZipFile(BytesIO(answer.content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        assert inside.pop("dqa-2020-Q2-v1.docx", None) == (b"dqa oficial es" if visitor is op else None)
        assert inside == {"informe-2020-Q2-v1.docx": b"informe oficial es", "iati-2020-Q2-v1.xml": b"iati oficial es"}
    assert ask(None).get("/documentos/2020-Q2/v1/todo.zip").status_code == 401
    assert op.get("/documentos/2020-Q2/v2/todo.zip").status_code == 404


def test_a_quarter_without_a_version_has_preliminary_documents(ask, written: list[Any]) -> None:
    op = ask("op")
    answer = op.post("/documentos", data={"trimestre": "2020-Q3", "version": "preliminar", "idioma": "es"})
    assert answer.status_code == 303
    assert {kind for _, kind, _ in written} == {"preliminar"}
    seen = op.get("/documentos?trimestre=2020-Q3").text
    assert "informe-2020-Q3-preliminar.docx" in seen
    assert "sin aprobar" in seen
    for wrong in ({"version": "v1"}, {"idioma": "fr"}, {"trimestre": "2031-Q1"}, {"trimestre": "'; DROP"}):
        form = {"trimestre": "2020-Q3", "version": "preliminar", "idioma": "es"} | wrong
        assert op.post("/documentos", data=form).status_code in (404, 422), wrong


def test_without_any_figures_the_view_says_what_to_wait_for(ask, closed_demo: "DemoPlant") -> None:
    import sqlalchemy as sa

    with closed_demo.plant.engine.begin() as connection:
        connection.execute(sa.text("UPDATE results.computation SET current = FALSE"))
        connection.execute(sa.text("UPDATE results.candidate SET state = 'returned', vintage = NULL"))
    assert "La primera noche las calcula" in ask("viewer").get("/documentos").text
