"""Errors of usage, as typer words them in English -> as they are told."""

from collections.abc import Sequence

USAGE: Sequence[tuple[str, str]] = (
    (r"No such command '(.+?)'\. Did you mean (.+)\?", "No hay un comando «{0}». ¿Quiso decir {1}?"),
    (r"No such command '(.+?)'\.", "No hay un comando «{0}»."),
    (r"Missing command\.", "Falta el comando."),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "No hay una opción {0}. Las que se le parecen: {1}."),
    (r"No such option: (\S+)", "No hay una opción {0}."),
    (r"Missing argument '(.+?)'\.", "Falta «{0}»."),
    (r"Missing option '(.+?)'\.", "Falta la opción {0}."),
    (r"Option '(.+?)' requires an argument\.", "La opción {0} pide un valor."),
    (r"Option '(.+?)' does not take a value\.", "La opción {0} no lleva valor."),
    (r"Got unexpected extra argument\(s\) \((.+)\)", "Sobra: {0}."),
    (r"Invalid value for '(.+?)': Input should be a valid integer.*", "«{0}» es un número entero, y se dio otra cosa."),
    (r"Invalid value for '(.+?)': Input should be a valid (?:date|datetime).*",
     "«{0}» es una fecha, como 2020-06-30, y se dio otra cosa."),
    (r"Invalid value for '(.+?)': Input should be (.+)", "«{0}» admite {1}, y se dio otra cosa."),
    (r"Invalid value for '(.+?)': \w+ (.+) does not exist\.", "«{0}»: no existe {1}."),
    (r"Invalid value for '(.+?)': \w+ (.+) is a file\.", "«{0}»: {1} es un archivo, se esperaba una carpeta."),
    (r"Invalid value for '(.+?)': \w+ (.+) is a directory\.", "«{0}»: {1} es una carpeta, se esperaba un archivo."),
    (r"Invalid value for '(.+?)': (.+)", "«{0}»: {1}"),
)  # fmt: skip
"""Pattern of a whole message -> text with its groups; the first that fits counts, what none fits stays as it is."""
