"""The view *Capturar*: what is brought is checked and shown, counts once, and leaves nothing when it is refused."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import sqlalchemy as sa
from httpx import Response

from trimestre.errors import TransientError
from trimestre.pipeline.uploads import uploading

if TYPE_CHECKING:
    from conftest import DemoPlant

PDF = b"%PDF-1.7 acta de instalacion"
DESTINATION = "plataforma_sfp|avance"
FIGURE = {"dato": "L1-01|total|total", "trimestre": "2020-Q2"}


def bring(client: Any, path: str, name: str, content: bytes, **fields: str) -> Response:
    answer: Response = client.post(path, data=fields, files={"archivo": (name, content)})
    return answer


def alert(answer: Response) -> str:
    """What the page refuses."""
    found = re.search(r'role="alert"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def delivered(closed_demo: "DemoPlant") -> bytes:
    """The file that the ministry's platform delivered."""
    (path,) = (Path(closed_demo.plant.drop) / "plataforma_sfp").iterdir()
    return path.read_bytes()


def test_only_those_who_operate_bring_anything(ask, tmp_path: Path) -> None:
    for role in ("viewer", "user", None):
        client = ask(role)
        expected = 401 if role is None else 403
        assert client.get("/capturar").status_code == expected
        assert bring(client, "/capturar/archivo", "a.csv", b"x", destino=DESTINATION).status_code == expected
        assert bring(client, "/capturar/verificacion", "a.pdf", PDF, **FIGURE).status_code == expected
        for path in ("/capturar/1/tomar", "/capturar/1/descartar"):
            assert client.post(path).status_code == expected
        assert client.get("/capturar/verificacion/1").status_code == expected
    assert files_below(tmp_path / "uploads") == []


def test_a_file_shows_what_it_brings_and_is_taken_once(
    ask, closed_demo: "DemoPlant", delivered: bytes, tmp_path: Path
) -> None:
    op, plant = ask("op"), closed_demo.plant
    folder = Path(plant.drop) / "plataforma_sfp"
    lines = delivered.split(b"\r\n") if b"\r\n" in delivered else delivered.split(b"\n")
    shorter = b"\r\n".join(lines[:30]) + b"\r\n"
    answer = bring(op, "/capturar/archivo", "EISP-UIF-julio.csv", shorter, destino=DESTINATION)
    assert answer.status_code == 303, alert(answer)
    place = answer.headers["location"]
    shown = op.get(place).text
    assert "Registros: 29 leídos, 0 en blanco, 0 repetidos, 0 ilegibles." in shown
    assert "La entrega anterior trajo 41." in shown
    assert "Es un archivo nuevo en la carpeta de entrega." in shown
    assert "hay además EISP-UIF-" in shown
    assert "rechazaría el lote" not in shown
    assert "Correo electrónico" in shown
    # Headings and counts, nobody's data: neither on the page nor in the table.
    with plant.engine.begin() as connection:
        stored = str(connection.execute(sa.text("SELECT preview FROM ops.upload")).scalar_one())
    people = {
        word for line in lines[1:30] for word in line.decode("cp1252").split(";") if "@" in word or len(word) == 18
    }
    assert len(people) > 20
    assert not [word for word in people if word in shown or word in stored]
    assert not (folder / "EISP-UIF-julio.csv").exists()

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda client: client.post(f"{place}/tomar"), (op, ask("op", name="otra"))))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert (folder / "EISP-UIF-julio.csv").read_bytes() == shorter
    assert "ya está tomada por" in alert(next(answer for answer in answers if answer.status_code == 409))
    after = op.get(place).text
    assert "El archivo quedó en la carpeta de entrega." in after
    assert "<button" not in after
    assert files_below(tmp_path / "uploads") == [], "people's data stay in the drop folder and nowhere else"


def test_of_two_files_of_one_name_the_second_does_not_replace_what_its_preview_did_not_show(
    ask, closed_demo: "DemoPlant", delivered: bytes
) -> None:
    """Two people bring «julio.csv»; what the first one took has not been read by any night yet."""
    ana, luis = ask("op", name="ana"), ask("op", name="luis")
    of_luis = delivered.split(b"\n", 3)[0] + b"\n" + delivered.split(b"\n", 3)[3]
    places = [
        bring(who, "/capturar/archivo", "EISP-UIF-julio.csv", content, destino=DESTINATION).headers["location"]
        for who, content in ((ana, delivered), (luis, of_luis))
    ]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda place: ask("op").post(f"{place}/tomar"), places))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert "otro llegó a su lugar" in alert(next(answer for answer in answers if answer.status_code == 409))
    kept = (Path(closed_demo.plant.drop) / "plataforma_sfp" / "EISP-UIF-julio.csv").read_bytes()
    assert kept == (delivered, of_luis)[answers.index(next(one for one in answers if one.status_code == 303))]
    again = bring(luis, "/capturar/archivo", "EISP-UIF-julio.csv", of_luis, destino=DESTINATION).headers["location"]
    assert "Sustituye al archivo del mismo nombre" in luis.get(again).text
    assert luis.post(f"{again}/tomar").status_code == 303, "now it is known"


def test_a_take_that_was_cut_off_after_the_file_was_put_is_done_again(
    ask, closed_demo: "DemoPlant", delivered: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it was «another file that came to its place», could only be discarded, and was read all the same."""
    op = ask("op")
    place = bring(op, "/capturar/archivo", "EISP-UIF-julio.csv", delivered, destino=DESTINATION).headers["location"]

    def gone(*_: Any, **__: Any) -> None:
        raise TransientError("the connection was lost")

    with monkeypatch.context() as patch:
        patch.setattr(uploading, "decide", gone)
        assert op.post(f"{place}/tomar").status_code == 503
    kept = Path(closed_demo.plant.drop) / "plataforma_sfp" / "EISP-UIF-julio.csv"
    assert kept.read_bytes() == delivered
    assert op.post(f"{place}/tomar").status_code == 303
    assert "El archivo quedó en la carpeta de entrega." in op.get(place).text


def test_what_is_discarded_is_gone_and_can_not_be_taken(ask, delivered: bytes, tmp_path: Path) -> None:
    op = ask("op")
    place = bring(op, "/capturar/archivo", "EISP-UIF-b.csv", delivered, destino=DESTINATION).headers["location"]
    assert len(files_below(tmp_path / "uploads")) == 1
    assert op.post(f"{place}/descartar").status_code == 303
    assert files_below(tmp_path / "uploads") == []
    assert op.post(f"{place}/tomar").status_code == 409
    assert op.post(f"{place}/descartar").status_code == 409
    assert "Descartada por especialista" in op.get(place).text
    assert op.get("/capturar/99").status_code == 404
    assert op.get("/capturar/x").status_code == 422


def test_a_refused_file_says_why_in_spanish_and_leaves_nothing(
    ask, delivered: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    op = ask("op")
    lacking = delivered.replace("Correo electrónico".encode("cp1252"), b"Telefono", 1)
    refused = {
        "se esperaba uno como EISP-UIF-*.csv": ("avance.csv", delivered, DESTINATION),
        "se esperaba sólo el nombre": ("../EISP-UIF-a.csv", delivered, DESTINATION),
        "se encontró una página web": ("EISP-UIF-a.csv", b"<html>Su sesion caduco</html>", DESTINATION),
        "una página web o un XML": (
            "lista_asistencia_2020-05-27.xlsx",
            b"<html>Su sesion caduco</html>",
            "eventos|asistencia_mapeo",
        ),
        "separado por coma y se lee separado por punto y coma": (
            "EISP-UIF-a.csv",
            delivered.replace(b";", b","),
            DESTINATION,
        ),
        "faltan las columnas": ("EISP-UIF-a.csv", lacking, DESTINATION),
        "se encontró vacío": ("EISP-UIF-a.csv", b"", DESTINATION),
        "se esperaba una de archivos": ("EISP-UIF-a.csv", delivered, "moodle_pnud|usuarios"),
        "se esperaba uno de: avance": ("EISP-UIF-a.csv", delivered, "plataforma_sfp|otro"),
        "se esperaba XLSX": ("lista_asistencia_2020-05-27.xlsx", b"a,b\n", "eventos|asistencia_mapeo"),
        "un nombre sin datos personales": ("EISP-UIF-ana@correo.example.csv", delivered, DESTINATION),
    }
    for why, (name, content, destination) in refused.items():
        answer = bring(op, "/capturar/archivo", name, content, destino=destination)
        assert answer.status_code == 422, name
        assert why in alert(answer), alert(answer)
    answer = op.post("/capturar/archivo", data={"destino": DESTINATION}, files={"archivo": ("", b"")})
    assert (answer.status_code, "no llegó ninguno" in alert(answer)) == (422, True)
    assert op.post("/capturar/archivo", content=b"x", headers={"content-type": "text/plain"}).status_code == 422
    broken = op.post("/capturar/archivo", content=b"x", headers={"content-type": "multipart/form-data; boundary=b"})
    assert broken.status_code == 422
    many = [("archivo", (f"{number}.csv", b"x")) for number in range(3)]
    assert op.post("/capturar/archivo", data={"destino": DESTINATION}, files=many).status_code == 422
    with monkeypatch.context() as small:
        small.setattr("trimestre.web.receiving.MAX_BYTES", 1000)
        large = bring(op, "/capturar/archivo", "EISP-UIF-a.csv", b"x" * 900_000, destino=DESTINATION)
        assert large.status_code == 413
    assert files_below(tmp_path / "uploads") == []
    assert "Nada está en espera." in op.get("/capturar").text


def test_names_of_files_and_headings_are_escaped(ask, delivered: bytes) -> None:
    op = ask("op", name="<b>especialista</b>")
    heading = delivered.replace(b"CURP", b"CURP;<script>alert(1)</script>", 1).replace(b"\r\n", b";\r\n").replace(
        b"script>;\r\n", b"script>\r\n", 1
    )  # fmt: skip
    answer = bring(op, "/capturar/archivo", "EISP-UIF-'&amp;.csv", heading, destino=DESTINATION)
    shown = op.get(answer.headers["location"]).text if answer.status_code == 303 else answer.text
    assert "<script>alert" not in shown
    assert "<b>especialista" not in shown + op.get("/capturar").text
    assert "EISP-UIF-&#39;&amp;amp;.csv" in shown


def test_a_means_of_verification_is_kept_with_its_hash_and_given_back(ask, tmp_path: Path) -> None:
    op, other = ask("op"), ask("admin", name="coordinacion")
    assert bring(op, "/capturar/verificacion", "Acta de instalación.pdf", PDF, **FIGURE).status_code == 303
    page = other.get("/capturar").text
    assert "Acta de instalación.pdf" in page
    assert "especialista" in page
    number = re.search(r"/capturar/verificacion/(\d+)", page)
    assert number
    given = other.get(number[0])
    assert (given.content, given.headers["content-type"]) == (PDF, "application/pdf")
    assert given.headers["content-disposition"].startswith("attachment; filename*=utf-8''Acta%20de%20instalaci")

    again = bring(op, "/capturar/verificacion", "otra.pdf", PDF, **FIGURE)
    assert (again.status_code, "ya está guardado" in alert(again)) == (422, True)
    refused = {
        "se esperaba PDF": ("a.pdf", b"MZ\x90 un programa", FIGURE),
        "su contenido no corresponde": ("a.png", PDF + b" 2", FIGURE),
        "uno de los que se capturan a mano": ("a.pdf", PDF, FIGURE | {"dato": "L2-01|total|total"}),
    }
    for why, (name, content, fields) in refused.items():
        answer = bring(op, "/capturar/verificacion", name, content, **fields)
        assert (answer.status_code, why in alert(answer)) == (422, True), alert(answer)
    for wrong in ({"dato": "L1-01"}, {"trimestre": "2031-Q1"}, {"trimestre": "x"}):
        assert bring(op, "/capturar/verificacion", "a.pdf", PDF, **FIGURE | wrong).status_code in (404, 422)
    assert len(files_below(tmp_path / "uploads")) == 1
    # The file of another upload is not given out by its number.
    assert op.get("/capturar/verificacion/99").status_code == 404


def test_a_document_that_was_refused_or_kept_leaves_its_figure_and_quarter_chosen(ask) -> None:
    """Sent once more it would else be filed under the first figure and another quarter, and can't be taken back."""
    op = ask("op")
    figure = {"dato": "L2-10|total|total", "trimestre": "2020-Q2"}
    chosen = (f'value="{figure["dato"]}" selected', f"<option selected>{figure['trimestre']}</option>")

    def is_chosen(page: str) -> bool:
        form = page.split('/capturar/verificacion" enctype')[1].split("</form>")[0]
        return all(one in form for one in chosen)

    assert not is_chosen(op.get("/capturar").text)
    assert is_chosen(bring(op, "/capturar/verificacion", "a.pdf", b"MZ\x90 un programa", **figure).text)
    kept = bring(op, "/capturar/verificacion", "a.pdf", PDF, **figure)
    assert is_chosen(op.get(kept.headers["location"]).text)
    assert op.get("/capturar?trimestre=2031-Q1&dato=nada").status_code == 200

    source = "plataforma_sfp|avance"
    refused = bring(op, "/capturar/archivo", "otro.csv", b"a,b\n1,2\n", destino=source)
    assert (refused.status_code, f'value="{source}" selected' in refused.text) == (422, True)


def test_the_same_document_brought_twice_at_once_is_kept_once(ask, tmp_path: Path) -> None:
    clients = [ask("op"), ask("op", name="otra")]
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda client: bring(client, "/capturar/verificacion", "acta.pdf", PDF, **FIGURE), clients)
        )
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert len(files_below(tmp_path / "uploads")) == 1


def test_what_nobody_decides_is_discarded_in_the_end(
    ask, closed_demo: "DemoPlant", delivered: bytes, tmp_path: Path
) -> None:
    op, engine = ask("op"), closed_demo.plant.engine
    place = bring(op, "/capturar/archivo", "EISP-UIF-b.csv", delivered, destino=DESTINATION).headers["location"]
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE ops.upload SET uploaded_at = uploaded_at - interval '15 days'"))
        now = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    assert uploading.discard_forgotten(engine, tmp_path / "uploads", now=now) == 1
    assert files_below(tmp_path / "uploads") == []
    assert "Descartada" in op.get(place).text


def test_a_workbook_goes_out_comes_back_and_is_taken_once(ask, tmp_path: Path) -> None:
    op = ask("op")
    page = op.get("/capturar").text
    sent = op.get("/capturar/libro/riesgos.xlsx?trimestre=2020-Q2")
    assert sent.headers["content-disposition"] == 'attachment; filename="riesgos-2020-Q2.xlsx"'
    assert "/capturar/libro/riesgos.xlsx" in page
    path = tmp_path / "riesgos.xlsx"
    path.write_bytes(sent.content)
    book = openpyxl.load_workbook(path)
    sheet, header, columns = _headings(book, "Riesgo")
    sheet.cell(header + 1, columns["Riesgo"]).value = "Retraso <b>en</b> la apertura de sedes"
    book.save(path)

    answer = bring(op, "/capturar/libro/riesgos", "riesgos-2020-Q2.xlsx", path.read_bytes())
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    shown = op.get(place).text
    assert "Retraso &lt;b&gt;en&lt;/b&gt; la apertura de sedes" in shown
    assert "Tomar" in shown
    answers = [op.post(f"{place}/tomar"), op.post(f"{place}/tomar")]
    assert [answer.status_code for answer in answers] == [303, 409]
    taken = op.get(place).text
    assert "Tomada por especialista" in taken
    assert "Riesgos operativos: 1 nuevas, 0 cambiadas, 0 quitadas." in taken
    assert ("Qué cambió" in taken, "Qué cambiaría" in taken) == (True, False)

    # The same file again would change nothing; a wrong one is not kept.
    again = bring(op, "/capturar/libro/riesgos", "riesgos.xlsx", path.read_bytes())
    assert "No cambiaría nada" in op.get(again.headers["location"]).text
    kept = files_below(tmp_path / "uploads")
    wrong = bring(op, "/capturar/libro/bitacora", "riesgos.xlsx", path.read_bytes())
    assert wrong.status_code == 422
    assert "Qué hay que corregir" in wrong.text
    assert bring(op, "/capturar/libro/otro", "riesgos.xlsx", path.read_bytes()).status_code == 422
    assert op.get("/capturar/libro/otro.xlsx?trimestre=2020-Q2").status_code in (404, 409, 422)
    assert op.get("/capturar/libro/riesgos.xlsx?trimestre=x").status_code == 422
    assert files_below(tmp_path / "uploads") == kept


def _headings(book: Any, wanted: str) -> tuple[Any, int, dict[str, int]]:
    """The sheet, row and columns of the headings of a workbook."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=20):
            named = {str(cell.value).strip().rstrip(" *"): cell.column for cell in row if cell.value}
            if wanted in named and len(named) > 2:
                return sheet, row[0].row, named
    raise AssertionError([sheet.title for sheet in book.worksheets])


def test_whose_session_ended_in_the_middle_of_a_form_reads_that_nothing_was_kept(ask, delivered: bytes) -> None:
    stranger = ask(None)
    stranger.headers["accept"] = "text/html"
    answer = bring(stranger, "/capturar/archivo", "EISP-UIF-a.csv", delivered, destino=DESTINATION)
    assert answer.status_code == 401
    assert "La sesión terminó" in answer.text
    assert "No se guardó nada" in answer.text
