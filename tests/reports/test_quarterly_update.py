"""An edited report: its figures are brought up to date, and nothing that people did to it is lost."""

from collections.abc import Callable
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import docx
import pytest
from lxml import etree
from test_quarterly import W, part, quarter_from, told
from typer.testing import CliRunner

from trimestre.cli import informe as cli_informe
from trimestre.errors import ContractError
from trimestre.reports.charts import Chart
from trimestre.reports.quarter import Quarter
from trimestre.reports.quarterly import write
from trimestre.reports.word.prose import in_sentence
from trimestre.reports.word.updating import update
from trimestre.reports.word.values import shares, values_of

if TYPE_CHECKING:
    from conftest import DemoPlant

BY = 'w:id="901" w:author="Coordinación" w:date="2020-07-20T10:00:00Z"'
TRACKED = (
    f'<w:p xmlns:w="{W[1:-1]}"><w:pPr><w:pStyle w:val="ListBullet"/></w:pPr>'
    '<w:commentRangeStart w:id="0"/><w:r><w:t xml:space="preserve">Se certificaron </w:t></w:r>'
    f"<w:del {BY}><w:r><w:delText>399</w:delText></w:r></w:del>"
    f"<w:ins {BY.replace('901', '902')}><w:r><w:rPr><w:b/></w:rPr><w:t>405</w:t></w:r></w:ins>"
    '<w:r><w:t xml:space="preserve"> personas; meta {{L2-</w:t></w:r><w:proofErr w:type="spellStart"/>'
    '<w:r><w:rPr><w:i/></w:rPr><w:t>01.meta}} y {{L9-99}}.</w:t></w:r><w:commentRangeEnd w:id="0"/>'
    '<w:r><w:commentReference w:id="0"/></w:r></w:p>'
)
COMMENTS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<w:comments xmlns:w="{W[1:-1]}"><w:comment w:id="0" '
    'w:author="Coordinación"><w:p><w:r><w:t>¿Segura?</w:t></w:r></w:p></w:comment></w:comments>'
)
KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
RELATION = (
    '<Relationship Id="rId900" Target="comments.xml"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"/>'
)


def edited(path: Path, change: Callable[[Any], None]) -> Path:
    """The report as somebody saved it: another body, a part of comments that no library of ours knows."""
    with ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    tree = etree.fromstring(parts["word/document.xml"])
    change(tree)
    parts["word/document.xml"] = etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)
    parts["word/comments.xml"] = COMMENTS.encode()
    for name, end, item in (
        ("[Content_Types].xml", b"</Types>", f'<Override PartName="/word/comments.xml" ContentType="{KIND}"/>'),
        ("word/_rels/document.xml.rels", b"</Relationships>", RELATION),
    ):
        parts[name] = parts[name].replace(end, item.encode() + end)
    out = path.with_name("editado.docx")
    with ZipFile(out, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out


def control(tree: Any, tag: str) -> Any:
    return next(item.getparent().getparent() for item in tree.iter(f"{W}tag") if item.get(f"{W}val") == tag)


def outside(tree: Any) -> bytes:
    """What stands outside of controls and of paragraphs with a token that was filled."""
    copy = deepcopy(tree)
    for item in list(copy.iter(f"{W}sdt")):
        if item.getparent() is not None:
            content = item.find(f"{W}sdtContent")
            content.clear()
    return bytes(etree.tostring(copy, method="c14n"))


def with_value(quarter: Quarter, code: str, value: int) -> Quarter:
    """The quarter with another total of an indicator."""
    figures = []
    for figure in quarter.figures:
        if figure.indicator.code == code:
            first, *others = figure.cells
            point = replace(figure.series[-1], value=Decimal(value))
            cell = {**first, "value": Decimal(value)}
            figure = replace(figure, cells=(cell, *others), series=(*figure.series[:-1], point))
        figures.append(figure)
    return replace(quarter, figures=tuple(figures))


def test_an_update_sets_figures_and_keeps_everything_that_people_did(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo)
    (path,) = write(quarter, tmp_path)

    def change(tree: Any) -> None:
        heading = next(p for p in tree.iter(f"{W}p") if "".join(p.itertext(f"{W}t")) == "Riesgos operativos")
        heading.addprevious(etree.fromstring(TRACKED))
        heading.find(f"{W}pPr/{W}pStyle").set(f"{W}val", "EstiloPropio")
        control(tree, "L2-02/total/value").find(f".//{W}t").text = "999"  # typed over, without tracking

    report = edited(path, change)
    done = update(report, with_value(quarter, "L2-05", 470), tmp_path / "nuevo.docx")
    assert ("L2-05/total/value", "465", "470") in [(c.tag, c.before, c.after) for c in done.changed]
    assert ("L2-02/total/value", "999", "405") in [(c.tag, c.before, c.after) for c in done.changed]
    assert {c.tag for c in done.changed} == {"L2-05/total/value", "L2-02/total/value", "L2-01/target"}
    assert done.unknown == ("{{L9-99}}",)
    assert [(d.number, d.indicator, d.expected) for d in done.disagreeing] == [("405", "L2-01", "400")]
    with ZipFile(report) as before, ZipFile(tmp_path / "nuevo.docx") as after:
        assert before.namelist() == after.namelist()
        moved = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert moved == ["word/document.xml"]
        assert after.read(moved[0]).startswith(b"<?xml version=")
    then, now = part(report), part(tmp_path / "nuevo.docx")
    (mine,) = [p for p in now.iter(f"{W}p") if p.find(f"{W}del") is not None]
    assert "".join(mine.itertext(f"{W}t")) == "Se certificaron 405 personas; meta 350 y {{L9-99}}."
    assert [item.get(f"{W}author") for item in mine.iter(f"{W}ins", f"{W}del")] == ["Coordinación"] * 2
    assert "".join(mine.find(f"{W}del").itertext()) == "399"
    for tree in (then, now):
        for paragraph in [p for p in tree.iter(f"{W}p") if p.find(f"{W}del") is not None]:
            paragraph.getparent().remove(paragraph)
    assert outside(then) == outside(now)


def test_a_control_with_somebodys_tracked_change_is_told_and_left(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo)

    def change(tree: Any) -> None:
        content = control(tree, "L2-01/total/value").find(f"{W}sdtContent")
        (run,) = content
        removed = etree.SubElement(content, f"{W}del", {f"{W}id": "903", f"{W}author": "Especialista"})
        removed.append(run)
        run.find(f"{W}t").tag = f"{W}delText"
        inserted = etree.SubElement(content, f"{W}ins", {f"{W}id": "904", f"{W}author": "Especialista"})
        etree.SubElement(etree.SubElement(inserted, f"{W}r"), f"{W}t").text = "401"

    report = edited(write(quarter, tmp_path)[0], change)
    done = update(report, quarter, tmp_path / "nuevo.docx")
    assert [(c.tag, c.before, c.after) for c in done.kept] == [("L2-01/total/value", "401", "400")]
    assert not done.changed
    with ZipFile(report) as before, ZipFile(tmp_path / "nuevo.docx") as after:
        assert all(before.read(name) == after.read(name) for name in before.namelist())


def test_an_emptied_control_shows_its_figure_again_and_no_prompt(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    """Word shows a grey prompt in a control whose text was deleted, and marks it as one."""
    quarter = quarter_from(closed_demo)
    prompt = (
        f'<w:r xmlns:w="{W[1:-1]}"><w:rPr><w:rStyle w:val="Textodelmarcadordeposicin"/><w:b/></w:rPr>'
        "<w:t>Haga clic o pulse aquí para escribir texto.</w:t></w:r>"
    )

    def change(tree: Any) -> None:
        emptied, bare = control(tree, "L2-01/total/value"), control(tree, "L2-05/total/value")
        etree.SubElement(emptied.find(f"{W}sdtPr"), f"{W}showingPlcHdr")
        content = emptied.find(f"{W}sdtContent")
        content.replace(content[0], etree.fromstring(prompt))
        bare.remove(bare.find(f"{W}sdtContent"))

    done = update(edited(write(quarter, tmp_path)[0], change), quarter, tmp_path / "nuevo.docx")
    assert {c.tag for c in done.changed} == {"L2-01/total/value", "L2-05/total/value"}
    tree = part(tmp_path / "nuevo.docx")
    assert (told(tree)["L2-01/total/value"], told(tree)["L2-05/total/value"]) == ("400", "465")
    filled = control(tree, "L2-01/total/value")
    assert not list(filled.iter(f"{W}showingPlcHdr", f"{W}rStyle"))
    assert len(list(filled.iter(f"{W}b"))) == 1


def test_a_token_is_known_however_word_and_people_spell_it(closed_demo: "DemoPlant") -> None:
    values = values_of(quarter_from(closed_demo))
    for token in ("l2-01", "L2\u201301", "L2\u201101", "“L2-01”", "L2-01/Total/Value", "L2 - 01"):
        assert values.tag(token) == "L2-01/total/value", token
    assert values.tag("L2-01.META") == "L2-01/target"
    assert values.tag("CHART:l2-01") == "chart:L2-01"
    assert values.tag("L2-0") is values.tag("titulo") is None


def test_a_category_below_zero_has_no_share_and_keeps_no_report_from_being_written() -> None:
    """What an adjustment takes off may be more than a quarter adds: a woman who was counted as a man, say."""
    assert shares([{"value": Decimal(3)}, {"value": Decimal(-1)}]) == [None, None]
    assert shares([{"value": Decimal(1)}, {"value": Decimal(2)}]) == [33, 67]


def test_a_chart_is_drawn_anew_in_the_width_that_somebody_gave_it(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo)

    def change(tree: Any) -> None:
        for extent in control(tree, "chart:L2-01").iter():
            if etree.QName(extent).localname in {"extent", "ext"} and extent.get("cx"):
                extent.set("cx", "3600000")

    report = edited(write(quarter, tmp_path)[0], change)
    cells = [
        {**cell, "value": Decimal(200)} if cell["category"] in {"mujer", "hombre"} else cell
        for cell in quarter.figure("L2-01").cells
    ]
    figures = tuple(
        replace(figure, cells=tuple(cells)) if figure.indicator.code == "L2-01" else figure
        for figure in quarter.figures
    )
    done = update(report, replace(quarter, figures=figures), tmp_path / "nuevo.docx")
    assert "chart:L2-01" in {c.tag for c in done.changed}
    drawing = control(part(tmp_path / "nuevo.docx"), "chart:L2-01")
    (described,) = [item for item in drawing.iter() if etree.QName(item).localname == "docPr"]
    assert "Mujeres: 200; Hombres: 200" in described.get("descr")
    assert {item.get("cx") for item in drawing.iter() if item.get("cx")} == {"3600000"}
    shapes = docx.Document(str(tmp_path / "nuevo.docx")).part.related_parts
    (blip,) = [item for item in drawing.iter() if etree.QName(item).localname == "blip"]
    embedded = next(value for name, value in blip.attrib.items() if name.endswith("}embed"))
    assert shapes[embedded].blob.startswith(b"\x89PNG")
    with ZipFile(report) as before, ZipFile(tmp_path / "nuevo.docx") as after:
        media = [name for name in before.namelist() if name.startswith("word/media/")]
        assert all(before.read(name) == after.read(name) for name in media), "it may stand elsewhere on purpose"


def test_a_chart_that_cannot_be_drawn_is_told_in_words_and_drawn_by_the_next_update(
    closed_demo: "DemoPlant", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Chart, scale: float = 2) -> bytes:
        raise ValueError("SVG has an invalid size")

    quarter = quarter_from(closed_demo)
    with monkeypatch.context() as patched:
        patched.setattr(Chart, "png", fail)
        (path,) = write(quarter, tmp_path)
        assert "Mujeres: 248" in told(part(path))["chart:L2-01"]
        assert "chart:L2-01" in update(path, quarter, tmp_path / "otro.docx").unknown
    done = update(path, quarter, tmp_path / "nuevo.docx")
    assert {c.tag for c in done.changed} == {"chart:L2-01", "chart:L2-02", "chart:L2-05"}
    drawing = control(part(tmp_path / "nuevo.docx"), "chart:L2-01")
    assert [etree.QName(item).localname for item in drawing.iter()].count("blip") == 1
    assert not "".join(drawing.itertext(f"{W}t"))


def test_a_new_indicator_gets_a_row_of_the_table_and_a_retired_one_is_told(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    quarter = quarter_from(closed_demo)
    fewer = replace(quarter, figures=tuple(f for f in quarter.figures if f.indicator.code != "L2-07"))
    (path,) = write(fewer, tmp_path)
    done = update(path, quarter, tmp_path / "nuevo.docx")
    assert ("table:L2", "L2-07") in [(c.tag, c.after) for c in done.changed]
    tree = part(tmp_path / "nuevo.docx")
    row = list(control(tree, "table:L2").iter(f"{W}tr"))[-1]
    said = told(row)
    assert (said["L2-07/name"], said["L2-07/total/value"]) == ("Personas asistentes a eventos", "89")
    assert "".join(row.itertext(f"{W}t")).startswith("L2-07 ")
    ids = [item.get(f"{W}val") for item in tree.iter(f"{W}id") if item.getparent().tag == f"{W}sdtPr"]
    assert len(ids) == len(set(ids))
    done = update(tmp_path / "nuevo.docx", fewer, tmp_path / "otro.docx")
    assert "L2-07/total/value" in done.unknown
    assert told(part(tmp_path / "otro.docx"))["L2-07/total/value"] == "89"


def test_what_is_no_word_file_and_the_edited_file_itself_are_refused(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo)
    (path,) = write(quarter, tmp_path)
    content = path.read_bytes()
    with pytest.raises(ContractError, match="se esperaban dos"):
        update(path, quarter, path)
    assert path.read_bytes() == content
    for name, wrong in (("viejo.docx", b"\xd0\xcf\x11\xe0"), ("corto.docx", content[:2000])):
        (tmp_path / name).write_bytes(wrong)
        with pytest.raises(ContractError, match="no es un documento de Word"):
            update(tmp_path / name, quarter, tmp_path / "nuevo.docx")
    with pytest.raises(ContractError, match="no se pudo leer"):
        update(tmp_path / "ninguno.docx", quarter, tmp_path / "nuevo.docx")
    assert not (tmp_path / "nuevo.docx").exists()


def test_the_command_tells_what_changed_and_what_disagrees(
    closed_demo: "DemoPlant", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(quarter_from(closed_demo), tmp_path)
    report = edited(path, lambda tree: tree[0].insert(0, etree.fromstring(TRACKED)))
    monkeypatch.setattr(cli_informe, "plant", lambda lenient: nullcontext(closed_demo.plant))
    run = CliRunner().invoke(
        cli_informe.app, ["report-update", str(report), "FY2020-Q3", "--to", str(tmp_path / "nuevo.docx")]
    )
    assert run.exit_code == 0, run.output
    for line in (
        "nuevo.docx con versión oficial 1, aprobada el",
        "Cifras que cambiaron: 1\n  L2-01/target:  → 350",
        "quedaron como estaban: {{L9-99}}",
        "L2-01 es 400; se lee 405 en: «Se certificaron 405 personas;»",
    ):
        assert line in run.output
    wrong = ["report-update", str(report), "2020-Q2", "--to", str(tmp_path / "x.docx"), "--language", "fr"]
    assert CliRunner().invoke(cli_informe.app, wrong).exit_code == 2


def test_what_the_public_was_not_told_stays_hidden_in_an_update(
    closed_demo: "DemoPlant", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(quarter_from(closed_demo, "public"), tmp_path)
    hidden = {tag for tag, said in told(part(path)).items() if "(c)" in said}
    assert hidden
    monkeypatch.setattr(cli_informe, "plant", lambda lenient: nullcontext(closed_demo.plant))

    def updated(*options: str) -> dict[str, str]:
        out = tmp_path / "nuevo.docx"
        command = ["report-update", str(path), "2020-Q2", "--to", str(out), *options]
        assert CliRunner().invoke(cli_informe.app, command).exit_code == 0
        return told(part(out))

    assert all("(c)" in said for tag, said in updated().items() if tag in hidden)
    assert not any("(c)" in said for tag, said in updated("--audience", "internal").items() if tag in hidden)


def test_numbers_in_prose_are_compared_with_what_their_indicator_tells(closed_demo: "DemoPlant") -> None:
    quarter = quarter_from(closed_demo)
    for sentence, expected in (
        ("Se certificaron 405 personas en el trimestre.", ["405"]),
        ("Se certificaron 400 personas (248 mujeres); la meta era de 350 personas certificadas.", []),
        ("Los certificados descargados fueron 410, no 405.", ["410"]),
        ("Se descargaron 1,405 certificados", ["1,405"]),
        ("La eficiencia terminal fue de 91.4%, con 63% de mujeres", ["91.4%"]),
        ("La eficiencia terminal fue de 87.1 %", []),
        ("El 27 de mayo de 2020 asistieron 89 personas al evento, por 90 minutos", []),
        ("De las 469 personas inscritas, ingresaron al curso 429", []),
        ("405 persons were certified", ["405"]),
        ("L2-01: 405", ["405"]),
        ("El 30 de junio de 2020 se reunieron 12 instituciones en 3 sesiones de 2 horas", []),
        ("Participaron 469 personas servidoras públicas, de las cuales 405 obtuvieron el certificado.", []),
        ("En la UIF, 28 personas servidoras públicas descargaron su certificado.", []),
        ("En la UIF, 27 personas servidoras públicas descargaron su certificado.", ["27"]),
        ("Se superó la meta de personas certificadas en 50 personas.", []),
        ("Faltaron 15 certificados para la meta de 420 certificados descargados.", []),
        ("En julio se certificarán 1000 personas.", []),
        ("De las 400 personas certificadas, 29 son de la UIF.", []),
        ("12 personas no certificadas reciben una nueva invitación.", []),
        ("Se apoyó a 12 personas que no pudieron descargar su certificado.", []),
        ("Se atendieron 15 correos de personas que solicitaron su certificado.", []),
        ("5 personas cursaron dos ediciones y obtuvieron 2 certificados.", []),
        ("Se certificaron, del 1 de abril al 30 de junio de 2020, 405 personas.", ["405"]),
        ("Al 30 de junio de 2020, las personas certificadas son 405.", ["405"]),
        ("La tasa de respuesta de la encuesta del 27 de mayo fue de 42%.", ["42%"]),
    ):
        assert [found.number for found in in_sentence(sentence, quarter)] == expected, sentence
