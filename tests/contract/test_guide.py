"""The documentation that people follow: what it links to, shows, and tells them to run or to press is there."""

import json
import pkgutil
import re
import textwrap
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import TypeAdapter

from trimestre import texts
from trimestre.cli import app
from trimestre.contracts.courses import Course
from trimestre.contracts.sources import Source
from trimestre.contracts.surveys import Survey
from trimestre.contracts.watching import Notifications
from trimestre.texts import page, page_documents, workbooks

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GUIDE = (DOCS / "guia.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("fuentes/*.md"))]
COMMANDS: Any = typer.main.get_command(app)

VIEWS = {
    "tablero": "Tablero", "indicador": "Indicador", "registros": "Registros de respaldo", "calidad": "Calidad",
    "lote": "Lote", "cierre": "Cierre", "comparar": "Dos versiones lado a lado", "documentos": "Documentos",
    "capturar": "Capturar", "captura": "Captura", "retenidos": "Registros retenidos",
}  # fmt: skip
"""Name of a screenshot -> its view, as the page calls it."""


EXAMPLES: list[tuple[set[str], Any]] = [
    ({"source", "kind"}, Source),
    ({"course", "editions"}, Course),
    ({"survey", "survey_id"}, Survey),
    ({"webhooks"}, Notifications),
]
"""Keys by which a YAML of a page is known -> what it has to be."""


def _airflow_says() -> set[str]:
    """What stands on Airflow's own menus and buttons, in Spanish and English."""
    spoken = re.compile(r"ui/dist/i18n/locales/(es|en)/\w+\.json$")
    found = [path.locate() for path in files("apache-airflow-core") or () if spoken.search(str(path))]
    return {text for path in found for text in _sentences(json.loads(Path(str(path)).read_text(encoding="utf-8")))}


def _ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _slug(heading: str) -> str:
    """Anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(path: Path) -> set[str]:
    return {_slug(found) for found in re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)}


def _links(text: str) -> list[str]:
    """Targets of links and images, without those that leave the project."""
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|srcset)=\"([^\"]+)\"", text)
    return [target for target in found if "://" not in target]


def _broken(path: Path) -> Iterator[str]:
    for target in _links(re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)):
        file, _, anchor = target.partition("#")
        aimed = (path.parent / file).resolve() if file else path
        if not aimed.exists() or (anchor and anchor not in _anchors(aimed)):
            yield target


def _written_commands(text: str) -> list[list[str]]:
    """Every `trimestre …` of a page, by its words."""
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    lines += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    called = (re.match(r"(?:\S*bin/)?trimestre (.*)", line.strip()) for line in lines)
    return [_words(found[1]) for found in called if found]


def _words(line: str) -> list[str]:
    """Words of a command line without its comment; what stands in quotes is one."""
    return re.sub(r"\"[^\"]*\"", " … ", re.sub(r"\s+#.*", "", line)).split()


def _misnamed(words: list[str]) -> str | None:
    """What of a command line the program does not know: a command, an option, or one that lacks its value."""
    command = COMMANDS
    while known := getattr(command, "commands", {}):
        name = words.pop(0) if words else "…"
        if name in {"…", "--help"}:
            return None
        if name not in known:
            return name
        command = known[name]
    options = {option: param for param in command.params for option in (*param.opts, *param.secondary_opts)}
    for word, following in pairwise([*words, "--"]):
        name, given, _ = word.partition("=")
        if not name.startswith("--") or name == "--help":
            continue
        if name not in options:
            return name
        if not given and not options[name].is_flag and following.startswith("--"):
            return f"{name} without a value"
    return None


def _sentences(of: Any) -> Iterator[str]:
    """Every text below a value of `trimestre.texts`."""
    if isinstance(of, str):
        yield of
    elif isinstance(of, Mapping):
        for value in of.values():
            yield from _sentences(value)
    elif isinstance(of, tuple | list):
        for value in of:
            yield from _sentences(value)


@pytest.mark.parametrize("path", PAGES, ids=_ids)
def test_no_link_and_no_picture_leads_nowhere(path: Path) -> None:
    assert list(_broken(path)) == []


@pytest.mark.parametrize("path", PAGES, ids=_ids)
def test_every_command_can_be_typed_as_it_is_written(path: Path) -> None:
    written = _written_commands(path.read_text(encoding="utf-8"))
    assert [" ".join(words) for words in written if _misnamed(list(words))] == []


def test_every_command_that_a_message_tells_to_run_can_be_typed() -> None:
    """An alert at night says what to do: that must not end in an error of its own."""
    modules = [import_module(found.name) for found in pkgutil.iter_modules(texts.__path__, f"{texts.__name__}.")]
    said = [sentence for module in modules for value in vars(module).values() for sentence in _sentences(value)]
    told = [found for text in said for found in re.findall(r"[`«]trimestre ([^`»]+)[`»]", text)]
    assert len(told) > 20
    assert [line for line in told if _misnamed(_words(line))] == []


def _named_places(text: str) -> Iterator[str]:
    """Every file or folder that a page names by its path: in backticks, with one of our folders first or an ending."""
    for named in re.findall(r"`([\w./-]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if named.startswith((".", "/")):
            continue
        if named.split("/")[0] in OURS or ("/" in named and named.endswith((".py", ".sql"))):
            yield named.rstrip("/")


OURS = {"benchmarks", "dags", "deploy", "docs", "expectations", "plugins", "sql", "src", "tests"}
"""Folders of the checkout whose files no reader makes: those of `sources/` and `framework/` are also examples."""


@pytest.mark.parametrize("path", PAGES, ids=_ids)
def test_whoever_looks_for_a_file_that_a_page_names_finds_it(path: Path) -> None:
    roots = [ROOT, ROOT / "src/trimestre", ROOT / "sql", ROOT / "tests", path.parent]
    text = path.read_text(encoding="utf-8")
    assert [named for named in _named_places(text) if not any((root / named).exists() for root in roots)] == []


def test_whoever_reads_where_each_thing_lives_finds_every_folder() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where each thing lives")[2]
    rows = {cell.split("`")[1]: cell for cell in told.partition("\n## ")[0].splitlines() if cell.startswith("| `")}
    for folder, row in [("sql", rows["sql/"]), ("src/trimestre", rows["src/trimestre/"]), ("tests", rows["tests/"])]:
        there = {item.name for item in (ROOT / folder).iterdir() if item.is_dir() and item.name[0] not in "._"}
        named = {name.rstrip("/") for name in re.findall(r"`([^`]+)`", row)}
        assert sorted(there - named - {"fixtures"}) == [], folder


@pytest.mark.parametrize("path", PAGES, ids=_ids)
def test_every_example_of_a_source_a_course_or_a_survey_can_be_copied(path: Path) -> None:
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for example in map(yaml.safe_load, map(textwrap.dedent, blocks)):
        for keys, model in EXAMPLES:
            if isinstance(example, dict) and keys <= example.keys():
                TypeAdapter(model).validate_python(example)


def test_the_guide_shows_every_view_by_day_and_by_night() -> None:
    shown = set(re.findall(r"img/(\w+)-(light|dark)\.png", GUIDE))
    assert shown == {(view, shade) for view in VIEWS for shade in ("light", "dark")}
    assert set(page.PAGE_VIEWS.values()) <= set(VIEWS.values())


def test_every_picture_says_what_it_shows() -> None:
    pictures = re.findall(r"<img [^>]+>", GUIDE)
    assert len(pictures) == len(VIEWS)
    assert [one for one in pictures if not re.search(r'alt="[^"]{20,}"', one)] == []


def test_every_form_of_the_guide_is_called_so_in_airflow() -> None:
    named = {(dag, " ".join(name.split())) for name, dag in re.findall(r"\*\*([^*]+)\*\*\s+\(`(\w+)`\)", GUIDE)}
    assert named == {(dag, form["name"]) for dag, form in texts.FORMS.items()}


def test_every_button_and_heading_of_the_guide_stands_on_the_screen() -> None:
    prose = re.sub(r"```.*?```|`[^`]*`|\*\*|\[[^\]]*\]\([^)]*\)", "", GUIDE, flags=re.DOTALL)
    pressed = {" ".join(found.split()) for found in re.findall(r"(?<![\w*])\*([^*]+)\*(?![\w*])", prose)}
    modules = [import_module(found.name) for found in pkgutil.iter_modules(texts.__path__, f"{texts.__name__}.")]
    said = {sentence for module in modules for value in vars(module).values() for sentence in _sentences(value)}
    unknown = pressed - said - _airflow_says()
    assert sorted(label for label in unknown if not any(sentence.startswith(label) for sentence in said)) == []


def test_the_guide_names_every_workbook_and_document() -> None:
    text = " ".join(GUIDE.split())
    names = [book["name"] for book in workbooks.WORKBOOKS.values()] + list(page_documents.DOCUMENT_NAMES.values())
    assert [name for name in names if name not in text] == []


def test_whoever_is_called_finds_each_alert_in_the_runbook() -> None:
    """A section names every kind of alert and its title, what it means, how to look and how to mend."""
    sections = (DOCS / "runbook.md").read_text(encoding="utf-8").split("\n## ")[1:]
    found = {
        kind: section
        for section in sections
        for kind in re.findall(r"`([a-z]+_[a-z]+|retained)`", section.split("- **")[0])
    }
    assert set(found) == set(texts.NOTICES) - {"test"}
    for kind, section in found.items():
        assert {"**Means.**", "**Look.**", "**Mend.**"} <= set(re.findall(r"\*\*\w+\.\*\*", section)), kind


def test_whoever_upgrades_finds_what_each_schema_does_with_the_data() -> None:
    """A migration without a line in the notes is one that an operator meets unprepared."""
    made = {path.name[:4] for path in (ROOT / "sql" / "migrations" / "versions").glob("[0-9]*.py")} - {"0001"}
    told = re.findall(r"^\| (\d{4}) \|", (DOCS / "upgrade.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert told == sorted(made)
