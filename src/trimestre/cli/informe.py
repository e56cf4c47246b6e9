"""The commands `trimestre report-update` and `trimestre report-template`: the Word file of the quarterly report.

Data flow: an edited report + a quarter -> the report with its figures; words -> the first templates.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trimestre import settings, texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.texts.report_labels import REPORT_CLI
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.reports.documents import Language
    from trimestre.reports.quarter import Quarter
    from trimestre.reports.word.updating import Updated

app = typer.Typer()

_SHOWN = 160
"""Letters of a sentence that a terminal is given."""


def command(name: str, said: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=REPORT_CLI[said])


@command("report-update", "update")
def report_update(
    file: Annotated[Path, typer.Argument(help=REPORT_CLI["file"], metavar="ARCHIVO")],
    period: Annotated[str, typer.Argument(help=REPORT_CLI["period"])],
    to: Annotated[Path, typer.Option(help=REPORT_CLI["to"])],
    vintage: Annotated[int | None, typer.Option(help=REPORT_CLI["vintage"])] = None,
    preliminary: Annotated[bool, typer.Option("--preliminary", help=REPORT_CLI["preliminary"])] = False,
    language: Annotated[str | None, typer.Option(help=REPORT_CLI["language"])] = None,
    audience: Annotated[
        Literal["internal", "donor", "public"] | None, typer.Option(help=REPORT_CLI["audience"])
    ] = None,
) -> None:
    """Bring the figures of an edited report up to date."""
    from trimestre.reports.history import with_former
    from trimestre.reports.quarter import quarter_of
    from trimestre.reports.word.updating import audience_of, update

    if vintage is not None and preliminary:
        raise ContractError(texts.REPORT_CLI["two_versions"])
    tongue, seen_by = _language(language), audience or audience_of(file)
    with plant(lenient=True) as here:
        asked = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        with transaction(here.engine) as connection:
            found = quarter_of(
                connection, here.project, asked, vintage=vintage, preliminary=preliminary, audience=seen_by
            )
            quarter = with_former(connection, found)
    say_updated(update(file, quarter, to, tongue), quarter, to)


@command("report-template", "template")
def report_template() -> None:
    """Write the first templates of the report."""
    from trimestre.reports.word.template import template_path, write_template

    root = settings.from_environment().project
    languages: tuple[Language, ...] = ("es", "en")
    missing = [language for language in languages if not template_path(root, language).exists()]
    for language in missing or languages:
        _say(str(write_template(template_path(root, language), language)))


def say_updated(done: "Updated", quarter: "Quarter", path: Path) -> None:
    """Tell what an update changed, and what people have to look at."""
    from trimestre.reports.words import version_text

    _say(REPORT_CLI["written"].format(path=path, version=version_text(quarter)))
    _say(REPORT_CLI["changed"].format(number=len(done.changed)) if done.changed else REPORT_CLI["same"])
    for item in done.changed:
        _say(REPORT_CLI["changed_line"].format(tag=item.tag, before=_short(item.before), after=_short(item.after)))
    if done.kept:
        _say(REPORT_CLI["kept"].format(number=len(done.kept)))
        for item in done.kept:
            _say(REPORT_CLI["kept_line"].format(tag=item.tag, before=_short(item.before), after=_short(item.after)))
    if done.unknown:
        _say(REPORT_CLI["unknown"].format(tags=", ".join(done.unknown)))
    if done.disagreeing:
        _say(REPORT_CLI["disagreeing"].format(number=len(done.disagreeing)))
        for found in done.disagreeing:
            line = {"code": found.indicator, "expected": found.expected, "number": found.number}
            _say(REPORT_CLI["disagreeing_line"].format(text=_short(found.text), **line))


def _language(said: str | None) -> "Language | None":
    if said is None:
        return None
    if said == "es":
        return "es"
    if said == "en":
        return "en"
    raise typer.BadParameter(REPORT_CLI["languages"], param_hint="--language")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
