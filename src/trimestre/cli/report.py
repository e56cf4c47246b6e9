"""The command `trimestre report`: the documents of a quarter in a folder.

Data flow: quarter + version -> reports.documents -> files -> their paths, a line each.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trimestre import settings, texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.errors import ContractError, TrimestreError
from trimestre.periods import Period
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.pipeline.plant import Plant

app = typer.Typer()


@app.command("report", help=texts.REPORT_CLI["report"])
def report(
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    to: Annotated[Path, typer.Option("--to", help="Carpeta; se crea si no existe.")],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Sólo este documento: informe, iptt, pirs, iati o dqa. Se repite."),
    ] = None,
    vintage: Annotated[int | None, typer.Option(help="Versión oficial; sin ella, la vigente.")] = None,
    preliminary: Annotated[
        bool, typer.Option("--preliminary", help="Lo que se sabe hoy, aunque el trimestre ya tenga versión oficial.")
    ] = False,
    language: Annotated[Literal["es", "en"], typer.Option(help="Idioma de los rótulos.")] = "es",
    audience: Annotated[
        Literal["internal", "donor", "public"],
        typer.Option(help="Para quién: public oculta las cifras de 1 a 4 personas. IATI siempre es public."),
    ] = "internal",
) -> None:
    """Write documents of a quarter."""
    from trimestre.reports.documents import write_version

    if vintage is not None and preliminary:
        raise ContractError(texts.REPORT_CLI["two_versions"])
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        try:
            files = write_version(
                connection,
                here.project,
                quarter,
                to,
                only=only or (),
                vintage=vintage,
                preliminary=preliminary,
                language=language,
                audience=audience,
            )
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ContractError(texts.REPORT_CLI["folder"].format(folder=to, why=why)) from None
    _say_files(files)


def write_after_close(here: "Plant", period: str, vintage: int) -> None:
    """Write the documents of a version that was just approved; what goes wrong is said and undoes nothing."""
    from trimestre.reports.documents import version_folder, write_version

    quarter = Period.parse(period)
    folder = version_folder(settings.from_environment().documents, quarter, vintage)
    try:
        with transaction(here.engine) as connection:
            _say_files(write_version(connection, here.project, quarter, folder, vintage=vintage))
    except (TrimestreError, OSError) as error:
        _say(texts.REPORT_CLI["close_failed"].format(problem=error, period=period, vintage=vintage))


def _say_files(files: list[Path]) -> None:
    for file in files:
        _say(str(file))


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
