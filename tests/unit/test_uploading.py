"""What may be uploaded: names that are no paths, contents that are what they say; of the refused nothing is left."""

import hashlib
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from trimestre.pipeline.uploads.upload_checks import (
    CSV,
    DOCX,
    JPG,
    NAME_BYTES,
    PDF,
    PNG,
    XLSX,
    Content,
    UploadRefused,
    content_of,
    safe_name,
)
from trimestre.pipeline.uploads.uploading import received
from trimestre.sources.tabular.drop import FolderRefusal, drop_folder

PICTURES = {
    "a.png": (b"\x89PNG\r\n\x1a\n....", PNG),
    "a.JPEG": (b"\xff\xd8\xff\xe0JFIF", JPG),
    "a.pdf": (b"%PDF-1.7", PDF),
}


def workbook(parts: dict[str, bytes] | None = None) -> bytes:
    """A workbook, with further parts."""
    content = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "Indicador"
    book.save(content)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts or {}).items():
            archive.writestr(name, part)
    return content.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\datos.csv", "datos\x00.csv", "datos\n.csv", "..",
        ".", ". .", "", "   ", ".oculto.csv", "~$libro.xlsx", "-rf.csv", "datos.csv.part", "datos.csv.",
        "datos\u202evsc.exe", "dat\u200bos.csv", "a" * (NAME_BYTES + 1), "ñ" * NAME_BYTES, "CON.csv", "nul",
        "lpt1.xlsx", "a:b.csv", "a?.csv", "a|b.csv",
    ],
)  # fmt: skip
def test_a_name_that_is_a_path_or_hides_something_is_refused(name: str) -> None:
    with pytest.raises(UploadRefused, match=r"se esperaba.*\. [A-ZÁÉ]") as refused:
        safe_name(name)
    assert "\x00" not in str(refused.value)
    assert "\u202e" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_an_ordinary_spanish_name_is_taken_in_one_spelling() -> None:
    assert safe_name("Evaluacio\u0301n 1er módulo (versión 2).xlsx") == "Evaluación 1er módulo (versión 2).xlsx"


@given(st.text())
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    try:
        safe = safe_name(name)
    except UploadRefused:
        return
    assert Path(safe).name == safe
    assert (Path("/uploads") / safe).resolve().parent == Path("/uploads")


def test_a_file_is_what_its_content_says(tmp_path: Path) -> None:
    def found(name: str, content: bytes, *allowed: Content) -> Content:
        path = tmp_path / "file"
        path.write_bytes(content)
        return content_of(path, name, allowed)

    for name, (content, kind) in PICTURES.items():
        assert found(name, content, PDF, JPG, PNG) == kind
    assert found("a.xlsx", workbook(), XLSX, CSV) == XLSX
    assert found("a.csv", "Señal;2\n".encode("cp1252"), XLSX, CSV) == CSV
    assert found("a.csv", "a;b\n".encode("utf-16"), CSV) == CSV
    refusals = {
        "a.pdf": b"MZ\x90\x00 a program",
        "b.pdf": b"\x89PNG\r\n\x1a\n",
        "c.xlsx": b"a,b\n1,2\n",
        "d.csv": b"<!doctype html><p>Su sesion caduco",
        "e.csv": b"\xef\xbb\xbf  <?xml version='1.0'?>",
        "f.csv": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "g.csv": b"a\x00b\x00\x01",
        "h.csv": workbook(),
        "i.xlsx": workbook()[:200],
        "j.xlsx": workbook({"xl/vbaProject.bin": b"macro"}),
        "k.xlsx": workbook({"xl/x.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'}),
        "k2.xlsx": workbook({"xl/x.xml": b"<!--" + b" " * 9000 + b'--><!DOCTYPE a [<!ENTITY b "c">]><a/>'}),
        "k3.xlsx": workbook({"xl/x.dat": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}),
        "l.xlsx": workbook({"xl/bomb.xml": b"0" * 40_000_000}),
        "m.docx": workbook(),
        "n": b"%PDF-1.7",
        "o.exe": b"%PDF-1.7",
        "p.csv": b"",
    }
    for name, content in refusals.items():
        allowed = (PDF,) if "pdf" in name else (XLSX,) if name.endswith("xlsx") else (CSV,)
        with pytest.raises(UploadRefused, match=r"se esperaba|Expórtelo") as refused:
            found(name, content, *(allowed if name not in {"m.docx", "n", "o.exe"} else (PDF, XLSX, DOCX)))
        assert name in str(refused.value)


def test_a_program_in_a_workbook_is_found_by_what_it_is_declared_as(tmp_path: Path) -> None:
    declared = {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": False,
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml": True,
        "application/vnd.ms-office.vbaProject": True,
        "application/vnd.ms-excel.macrosheet+xml": True,
    }
    path = tmp_path / "a.xlsx"
    for kind, program in declared.items():
        types = f'<?xml version="1.0"?><Types><Override PartName="/xl/x.bin" ContentType="{kind}"/></Types>'
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", types.encode("utf-16"))
            archive.writestr("xl/workbook.xml", "<workbook/>")
            archive.writestr("xl/x.bin", b"x")
        if program:
            with pytest.raises(UploadRefused, match="macros"):
                content_of(path, path.name, (XLSX,))
        else:
            assert content_of(path, path.name, (XLSX,)) == XLSX


def test_a_received_file_is_counted_and_gone_when_nobody_keeps_it(tmp_path: Path) -> None:
    content = b"a" * 3_000_000
    with received(tmp_path, "datos.csv", io.BytesIO(content)) as file:
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert file.path.read_bytes() == content
        assert file.path.name == "datos.csv"
    for name, sent, limit in (
        ("grande.csv", content, 2_000_000),
        ("vacio.csv", b"", 10),
        ("ana@correo.example.csv", b"a", 9),
    ):
        with pytest.raises(UploadRefused) as refused, received(tmp_path, name, io.BytesIO(sent), limit):
            raise AssertionError(name)
        assert "@" not in str(refused.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list((tmp_path / ".received").iterdir()) == []


def test_a_file_is_put_whole_into_a_drop_folder_of_any_kind(tmp_path: Path) -> None:
    source = tmp_path / "uploaded"
    source.write_bytes(b"nuevo")
    here = drop_folder("prueba", tmp_path / "drop", "entrada")
    for content in (b"viejo", b"nuevo"):
        source.write_bytes(content)
        here.put("datos.csv", source)
    assert here.names() == ["datos.csv"]
    assert (tmp_path / "drop/entrada/datos.csv").read_bytes() == b"nuevo"

    MemoryFileSystem.store.clear()
    there = drop_folder("prueba", "memory://cubo/drop", "entrada")
    for content in (b"viejo", b"nuevo"):
        source.write_bytes(content)
        there.put("datos.csv", source)
    assert there.names() == ["datos.csv"]
    assert MemoryFileSystem().cat_file("/cubo/drop/entrada/datos.csv") == b"nuevo"
    MemoryFileSystem.store.clear()

    (tmp_path / "drop/datos").write_text("a file in the way")
    with pytest.raises(FolderRefusal) as refused:
        drop_folder("prueba", tmp_path / "drop", "datos").put("datos.csv", source)
    assert refused.value.reason == "forbidden"
