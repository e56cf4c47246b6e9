"""The commands `trimestre source …`: list, check, preview, new. None of them needs a warehouse.

Data flow: environment + sources/*.yaml -> connector's self-test, preview of a file, or a new file in sources/.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings, texts
from trimestre.cli.terminal import console, say_error
from trimestre.contracts import Project, load_project
from trimestre.contracts.sources import Source, TabularSource
from trimestre.errors import ContractError, TransientError
from trimestre.texts import ASKED

if TYPE_CHECKING:
    from trimestre.sources.base import Connection

app = typer.Typer(no_args_is_help=True)


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.SOURCE_CLI[name])


@command("list")
def list_sources() -> None:
    """Show the sources of the project."""
    project = load_project(settings.from_environment().project, lenient_sources=True)
    table = Table(*texts.SOURCE_COLUMNS)
    for code, source in sorted(project.sources.items()):
        place = _without_secrets(source.folder) if isinstance(source, TabularSource) else source.connection
        kind = texts.SOURCE_KINDS[source.kind]
        table.add_row(*map(Text, (code, source.name, kind, place, source.schedule, source.timezone)))
    for code in sorted(project.broken_sources):
        table.add_row(code, texts.SOURCE_CLI["broken"])
    console.print(table)
    for message in project.broken_sources.values():
        say_error(message)
    if project.broken_sources:
        raise typer.Exit(1)


def _without_secrets(folder: str) -> str:
    from trimestre.sources.tabular.drop import shown

    return shown(folder) if "://" in folder else folder


@command("check")
def check(source: Annotated[str, typer.Argument(help="Fuente (archivo de sources/ sin extensión).")]) -> None:
    """Run the self-test of a source: exit 1 with findings, 2 when it can't be reached."""
    here = settings.from_environment()
    project = load_project(here.project, lenient_sources=True)
    contract = project.source(source)
    connection = settings.connection_from_environment(contract.connection) if contract.connection else None
    try:
        findings = list(_findings(project, contract, here.drop, connection))
    except TransientError as error:
        say_error(texts.SOURCE_CLI["unreachable"].format(message=error))
        raise typer.Exit(2) from None
    for finding in findings:
        console.print(f"• {finding}", markup=False, highlight=False, soft_wrap=True)
    said = "wrong" if findings else "right"
    console.print(texts.SOURCE_CLI[said].format(source=source, count=len(findings)))
    if findings:
        raise typer.Exit(1)


def _findings(project: Project, contract: Source, drop: Path | str, connection: "Connection | None") -> Iterator[str]:
    from trimestre.sources.registry import connector_for, folder_of, platform_of

    if not isinstance(contract, TabularSource):
        yield from platform_of(project, contract, connection).check()
        return
    from trimestre.sources.tabular.check import check_folder

    connector_for(project, contract.source, drop=drop, connection=connection)  # refuses what no file could mend
    found = check_folder(contract, folder_of(contract, drop, connection))
    for dataset, names in found.taken.items():
        line = f"{dataset}: {', '.join(names) or texts.SOURCE_CLI['nothing_taken']}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for note in found.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True, style="dim")
    yield from found.findings


@command("preview")
def preview(
    file: Annotated[Path, typer.Argument(help="Archivo CSV o XLSX.")],
    source: Annotated[str | None, typer.Option(help="Fuente con la que se lee.")] = None,
    preset: Annotated[str | None, typer.Option(help="O plantilla con la que se lee.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Conjunto de la fuente, si tiene varios.")] = None,
    scope: Annotated[str, typer.Option(help="Con --preset: clave de la edición, el evento o la encuesta.")] = "CLAVE",
    module: Annotated[
        list[str] | None, typer.Option(help="Con --preset: módulo y su encabezado, como M1=Módulo 1. Se repite.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="Cuántas filas de cada entidad.")] = 5,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Muestra completos los datos personales; sólo en una terminal.")
    ] = False,
) -> None:
    """Show what would be staged of a file."""
    from trimestre.reports.preview import rendered
    from trimestre.sources.preview import preview as read
    from trimestre.sources.preview import source_of_preset
    from trimestre.sources.wizard import modules_of, preset_wants_modules

    project = load_project(settings.from_environment().project, lenient_sources=True)
    if (source is None) == (preset is None):
        raise ContractError(ASKED["preview"])
    if preset is not None:
        modules = _modules(module or [])
        if preset_wants_modules(preset) and not (modules := modules or modules_of(project, scope)):
            raise ContractError(ASKED["modules"].format(preset=preset))
        contract = source_of_preset(preset, scope, modules)
    else:
        named = project.source(source or "")
        if not isinstance(named, TabularSource):
            raise ContractError(ASKED["source_of_platform"].format(source=source, kind=named.kind))
        contract = named
    # What goes into a file or a pipe is kept by somebody: personal data is for the eyes of who asked.
    terminal = _at_terminal()
    if show_values and not terminal:
        say_error(texts.PREVIEW["only_terminal"])
    with _quiet():
        found = read(project, contract, file, dataset=dataset, rows=rows, show_values=show_values and terminal)
    console.print(rendered(project, found))
    if found.questions:
        console.print(texts.PREVIEW["questions"].format(count=found.questions))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the connector's warnings: they are for the log of a night."""
    log = logging.getLogger("trimestre.sources.tabular")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _at_terminal() -> bool:
    return sys.stdout.isatty()


def _modules(given: list[str]) -> dict[str, list[str]]:
    """``M1=Módulo 1`` -> headings by module."""
    modules: dict[str, list[str]] = {}
    for text in given:
        code, equals, heading = text.partition("=")
        if not equals or not code.strip() or not heading.strip():
            raise ContractError(ASKED["module"].format(text=text))
        modules.setdefault(code.strip(), []).append(heading.strip())
    return modules


@command("new")
def new(
    kind: Annotated[str | None, typer.Option(help="moodle, limesurvey, kobo o tabular.")] = None,
    code: Annotated[str | None, typer.Option(help="Clave de la fuente: nombre de su archivo.")] = None,
    name: Annotated[str | None, typer.Option(help="Nombre en español.")] = None,
    connection: Annotated[str | None, typer.Option(help="Conexión de Airflow.")] = None,
    folder: Annotated[str | None, typer.Option(help="Carpeta, ruta o dirección (s3://…) de los archivos.")] = None,
    files: Annotated[str | None, typer.Option(help="Patrón del nombre de los archivos, como avance*.csv.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Cron de la corrida, como 0 3 * * *.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zona horaria, como America/Mexico_City.")] = None,
    preset: Annotated[str | None, typer.Option(help="Plantilla de archivo; ninguna = columnas por adaptar.")] = None,
    about: Annotated[str | None, typer.Option(help="De qué tratan los archivos: edition, event o survey.")] = None,
    scope: Annotated[str | None, typer.Option(help="Clave de la edición, el evento o la encuesta.")] = None,
    module: Annotated[
        list[str] | None, typer.Option(help="Módulo y su encabezado, como M1=Módulo 1. Se repite.")
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="Archivo de muestra: de sus encabezados salen las preguntas o las columnas.")
    ] = None,
    accept: Annotated[bool, typer.Option("--yes", help="Acepta lo propuesto en vez de preguntar.")] = False,
) -> None:
    """Ask what is not given, write the file, say what comes next."""
    from trimestre.cli.new import ask_for, next_steps
    from trimestre.sources.wizard import written

    here = settings.from_environment()
    project = load_project(here.project, lenient_sources=True)
    given = {
        "kind": kind, "code": code, "name": name, "connection": connection, "folder": folder, "files": files,
        "schedule": schedule, "timezone": timezone, "preset": preset, "about": about, "scope": scope,
        "sample": sample,
    }  # fmt: skip
    wanted = ask_for(project, given, _modules(module or []), accept=accept)
    with _quiet():
        written(wanted, here.project)
    console.print(texts.SOURCE_NEW["written"].format(code=wanted.code))
    console.print(texts.SOURCE_NEW["next"])
    for number, step in enumerate(next_steps(project, wanted, here.drop), start=1):
        console.print(f"{number}. {step}", markup=False, highlight=False, soft_wrap=True)
