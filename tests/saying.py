"""Commands of `trimestre` run in the process of a test, as their entry point runs them."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from trimestre import cli


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]
"""Runs a command of these words; an error that is not ours comes through as it is."""


def sayer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: Mapping[str, object], *begin: str
) -> Say:
    """Runs commands that begin with some words, where the environment says no more of an installation than this."""
    for name in list(os.environ):
        if name.startswith(("TRIMESTRE_", "AIRFLOW_")):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))

    def say(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["trimestre", *begin, *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return say
