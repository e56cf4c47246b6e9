"""Whoever may put files into a drop folder gets nothing else of the server: no file of it, no line of its log."""

import os
from pathlib import Path

import pytest

from trimestre.contracts.sources import TabularSource
from trimestre.sources.tabular.drop import LocalFolder
from trimestre.sources.tabular.fetch import candidates, visible

SOURCE = TabularSource.model_validate(
    {
        "source": "lista", "name": "Lista", "kind": "tabular", "folder": "lista", "delivers": "additions",
        "datasets": [{
            "dataset": "lista", "files": "*.csv", "scope": "S1", "columns": {"correo": {"headings": ["Correo"]}},
            "rows": [{"entity": "account", "fields": {"account_ref": "correo", "email": "correo"}}],
        }],
    }
)  # fmt: skip


def test_a_link_to_another_file_of_the_server_is_no_file_of_the_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "account.key"
    secret.write_text("s3cret")
    folder = tmp_path / "lista"
    folder.mkdir()
    (folder / "a.csv").write_text("Correo\n")
    (folder / "dentro.csv").symlink_to("a.csv")
    (folder / "clave.csv").symlink_to(secret)
    (folder / "arriba.csv").symlink_to("../account.key")
    (folder / "nada.csv").symlink_to("no-hay")
    os.mkfifo(folder / "tubo.csv")  # opened, it would be waited for all night
    drop = LocalFolder("lista", folder)
    assert drop.names() == ["a.csv", "dentro.csv"]
    assert drop.outside == ["arriba.csv", "clave.csv"]
    assert (
        "donde se esperaban archivos: 2." in caplog.text
    )  # what is left out is told, by number: a name may be anything
    with pytest.raises(OSError, match="elsewhere"):  # put there between two looks
        drop.copy("clave.csv", tmp_path / "copia")
    assert not (tmp_path / "copia").exists()


def test_a_folder_that_is_itself_a_link_is_one(tmp_path: Path) -> None:
    (tmp_path / "disco").mkdir()
    (tmp_path / "disco" / "a.csv").write_text("Correo\n")
    (tmp_path / "lista").symlink_to("disco")
    assert LocalFolder("lista", tmp_path / "lista").names() == ["a.csv"]


@pytest.mark.parametrize(
    "name", ["a\nERROR inventado.csv", "a\x1b[2J.csv", "a\u202evsc.csv", "a\u200b.csv", os.fsdecode(b"a\xff.csv")]
)
def test_a_name_of_signs_that_nobody_sees_is_left_and_breaks_no_line_of_the_log(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("Correo\n")
    (tmp_path / "evaluación ñ (2).csv").write_text("Correo\n")
    taken, strangers = candidates(SOURCE, LocalFolder("lista", tmp_path))
    assert (taken, strangers) == (["evaluación ñ (2).csv"], [name])
    assert visible(name).isprintable()
    visible(name).encode()


def test_who_is_in_a_file_with_such_a_name_has_not_vanished(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The list is told to be incomplete: a person whose file is not read is not taken for one who left."""
    from trimestre.sources.tabular.fetch import fetch_folder

    left = []

    class Landing:
        def leave_out(self, *words: str) -> None:
            left.append(words)

    (tmp_path / os.fsdecode(b"inscripci\xf3n.csv")).write_text("Correo\n")
    fetch_folder(SOURCE, tmp_path, Landing())  # type: ignore[arg-type]
    assert left == [("lista", "S1", "inscripci\N{REPLACEMENT CHARACTER}n.csv", "unreadable")]
    assert "signos que no se ven. No se lee mientras no cambie de nombre" in caplog.text


def test_the_log_of_strangers_shows_only_what_can_be_seen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from trimestre.sources.tabular.fetch import fetch_folder

    (tmp_path / "nota\nERROR inventado.txt").write_text("x")
    fetch_folder(SOURCE, tmp_path, None)  # type: ignore[arg-type]
    assert "\nERROR" not in caplog.text
    assert "inventado" in caplog.text
