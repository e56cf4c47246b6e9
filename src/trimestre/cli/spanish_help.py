"""The frame of `--help` and of usage errors in Spanish: typer has no catalogue, only these module constants.

Data flow: imported for its effect by the command line, before the first command is run.
"""

from typer import rich_utils

rich_utils.ARGUMENTS_PANEL_TITLE = "Argumentos"
rich_utils.OPTIONS_PANEL_TITLE = "Opciones"
rich_utils.COMMANDS_PANEL_TITLE = "Comandos"
rich_utils.ERRORS_PANEL_TITLE = "Error"
rich_utils.REQUIRED_LONG_STRING = "[obligatorio]"
rich_utils.DEFAULT_STRING = "[si no se da: {}]"
rich_utils.ABORTED_TEXT = "No se hizo nada."
rich_utils.RICH_HELP = "Ayuda: [blue]{command_path} {help_option}[/]"
