"""YAML that ends a process, fills its memory or makes it run something: refused with the line it stands on."""

import re
from pathlib import Path

import pytest

from trimestre.contracts import load_project
from trimestre.contracts.base import read_mapping, read_yaml
from trimestre.contracts.sources import MoodleSource, TabularSource
from trimestre.errors import ContractError

LAUGHS = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9)
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "alias que multiplican"),
        ("a: &a [*a]", "un alias de lo que lo contiene"),
        ("a: " + "[" * 100_000, "demasiada profundidad"),
        ("- " * 5_000, "demasiada profundidad"),
        ("a: " + "{b: " * 500, "demasiada profundidad"),
        ("\n".join(" " * n + "a:" for n in range(300)), "demasiada profundidad"),
        ("a: !!python/object/apply:os.system [id]", "empieza con !"),
        ("a: !!python/name:os.system", "empieza con !"),
    ],
    ids=["laughs", "itself", "brackets", "dashes", "braces", "indented", "python object", "python name"],
)
def test_it_is_refused_before_it_does_anything(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=said) as refused:
        read_mapping(path)
    assert re.search(r"línea \d+", str(refused.value))
    assert len(str(refused.value)) < 400


def test_honest_aliases_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: &a {x: 1}\nb: [*a, *a]\n", encoding="utf-8")
    assert read_mapping(path)["b"] == [{"x": 1}, {"x": 1}]
    assert load_project(ROOT).sources


MOODLE = "source: aula\nname: Aula\nkind: moodle\nconnection: aula\ndelivers: snapshot per course\n"


@pytest.mark.parametrize("key", ["token", "password", "wstoken", "api_key", "login"])
def test_no_contract_has_a_place_for_a_secret_and_none_is_repeated(key: str, tmp_path: Path) -> None:
    path = tmp_path / "aula.yaml"
    path.write_text(f"{MOODLE}{key}: s3cret\n", encoding="utf-8")
    with pytest.raises(ContractError, match=key) as refused:
        read_yaml(path, MoodleSource)
    assert "s3cret" not in str(refused.value)


def test_a_password_in_an_address_is_in_no_message(tmp_path: Path) -> None:
    path = tmp_path / "aula.yaml"
    path.write_text(MOODLE.replace("connection: aula", "connection: https://ana:s3cret@aula.mx/x@y"), encoding="utf-8")
    with pytest.raises(ContractError, match="connection") as refused:
        read_yaml(path, MoodleSource)
    assert "s3cret" not in str(refused.value)
    assert "ana" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "x'; DROP TABLE ops.batch; --",
        'x"y',
        "x y",
        "../x",
        "x/y",
        "x\ny",
        "",
        "X",
        "1x",
        "ñ",
        "x" * 61,
        "x\n",
        "\u212a",
    ],
)
def test_what_may_become_part_of_a_statement_or_a_path_is_a_plain_name(name: str) -> None:
    given = {"name": "Aula", "kind": "moodle", "delivers": "snapshot per course"}
    with pytest.raises(ValueError, match="source"):
        MoodleSource.model_validate({**given, "source": name, "connection": "aula"})
    with pytest.raises(ValueError, match="connection"):
        MoodleSource.model_validate({**given, "source": "aula", "connection": name})
    rows = [{"entity": "account", "fields": {"account_ref": "c", "email": "c"}}]
    with pytest.raises(ValueError, match="dataset"):
        TabularSource.model_validate(
            {
                "source": "lista", "name": "L", "kind": "tabular", "folder": "lista", "delivers": "additions",
                "datasets": [
                    {"dataset": name, "files": "*.csv", "columns": {"c": {"headings": ["C"]}}, "rows": rows}
                ],
            }
        )  # fmt: skip
