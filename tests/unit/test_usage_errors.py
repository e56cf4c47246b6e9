"""A command that is typed wrong is answered in the language of who typed it."""

import pytest
from typer import rich_utils

from trimestre.cli import app
from trimestre.cli.spanish_help import in_spanish


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (["vales"], "No hay un comando «vales». ¿Quiso decir 'values'?"),
        (["values"], "Falta «period»."),
        (["values", "2020-Q2", "--nope"], "No hay una opción --nope."),
        (["values", "2020-Q2", "--jsn"], "No hay una opción --jsn. Las que se le parecen: --json, --spans."),
        (["values", "2020-Q2", "2020-Q3"], "Sobra: 2020-Q3."),
        (["batch", "withdraw", "1", "--reason"], "La opción --reason pide un valor."),
        (["batch", "withdraw", "1"], "Falta la opción --reason."),
        (["batch", "withdraw", "uno", "--reason", "x"], "es un número entero, y se dio otra cosa."),
        (["values", "2020-Q2", "--json=1"], "La opción --json no lleva valor."),
    ],
)
def test_a_wrong_call_is_told_in_spanish(
    call: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", 200)
    with pytest.raises(SystemExit) as ended:
        app(call)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_what_nobody_translated_stays() -> None:
    assert in_spanish("Something {else}.") == "Something {else}."
