"""The frame of `--help` and errors of usage in Spanish: typer has no catalogue, only module constants and one function.

Data flow: imported for its effect by the command line, before the first command is run.
"""

import re
from typing import Any

from typer import rich_utils

from trimestre.texts.usage import USAGE

rich_utils.ARGUMENTS_PANEL_TITLE = "Argumentos"
rich_utils.OPTIONS_PANEL_TITLE = "Opciones"
rich_utils.COMMANDS_PANEL_TITLE = "Comandos"
rich_utils.ERRORS_PANEL_TITLE = "Error"
rich_utils.REQUIRED_LONG_STRING = "[obligatorio]"
rich_utils.DEFAULT_STRING = "[si no se da: {}]"
rich_utils.ABORTED_TEXT = "No se hizo nada."
rich_utils.RICH_HELP = "Ayuda: [blue]{command_path} {help_option}[/]"


def in_spanish(message: str) -> str:
    """A message of typer about a wrong call."""
    for pattern, said in USAGE:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return said.format(*found.groups())
    return message


_print_error = rich_utils.rich_format_error


def _print_in_spanish(error: Any) -> None:
    message = in_spanish(error.format_message())
    error.format_message = lambda: message
    _print_error(error)


rich_utils.rich_format_error = _print_in_spanish  # type: ignore[assignment]
