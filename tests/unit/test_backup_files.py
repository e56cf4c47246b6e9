"""Files of a backup: none is left out without a word, none of what was kept is lost, and a cut restore goes on."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from the_case import case_project

from trimestre import settings
from trimestre.backups import placing
from trimestre.backups.gathering import Work, take_tree
from trimestre.backups.manifest import MANIFEST, BackedFile, Manifest, newest, stamp
from trimestre.backups.places import copy, elsewhere, sha256_of
from trimestre.backups.target import state_of
from trimestre.contracts.sources import TabularSource
from trimestre.errors import TransientError

YAML = "framework/framework.yaml"


def manifest(taken_at: datetime, files: dict[str, BackedFile] | None = None) -> Manifest:
    return Manifest(
        format=1, trimestre="0", revision="0", postgresql="18", taken_at=taken_at, zone="UTC", key_mark=None,
        older_key_marks=(), counts={}, vintages=(), logins={}, damaged=(), skipped=0, files=files or {},
    )  # fmt: skip


def made(into: Path, taken_at: datetime, name: str = "") -> Path:
    folder = into / (name or stamp(taken_at))
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(manifest(taken_at).model_dump_json())
    return folder


def test_a_backup_that_somebody_gave_a_name_to_keep_it_is_not_taken_for_the_newest(tmp_path: Path) -> None:
    """Letters come after digits: a restore would have brought back the state before the upgrade."""
    made(tmp_path, datetime(2026, 1, 1, tzinfo=UTC), "antes-de-actualizar")
    last = made(tmp_path, datetime(2026, 3, 1, tzinfo=UTC))
    made(tmp_path, datetime(2026, 2, 1, tzinfo=UTC))
    assert newest(tmp_path) == last
    kept = made(tmp_path, datetime(2026, 4, 1, tzinfo=UTC), "antes-del-cierre")
    assert newest(tmp_path) == kept


def work(tmp_path: Path) -> Work:
    return Work(tmp_path / "backup", None, {}, set())


def test_a_name_in_another_encoding_makes_no_backup_that_can_not_be_restored(tmp_path: Path) -> None:
    """The manifest would have named a file that is not there, so that a check refuses the whole backup."""
    root = tmp_path / "drop"
    root.mkdir()
    (root / "lista.csv").write_text("a")
    Path(os.fsdecode(os.fsencode(root) + b"/lista_a\xf1o.csv")).write_text("b")
    here = work(tmp_path)
    take_tree(here, "drop", root)
    assert (list(here.files), here.skipped) == (["files/drop/lista.csv"], 1)


def test_a_folder_that_can_not_be_looked_into_is_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup by another user than the page's had no documents at all, and said that it was finished."""
    (tmp_path / "uploads" / "captura").mkdir(parents=True)
    (tmp_path / "uploads" / "gone").mkdir()
    real = os.scandir

    def closed(path: str) -> "os._ScandirIterator[str]":
        if path.endswith("captura"):
            raise PermissionError(13, "Permission denied", path)
        if path.endswith("gone"):  # taken away meanwhile
            raise FileNotFoundError(2, "No such file or directory", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(PermissionError, match="captura"):
        take_tree(work(tmp_path), "uploads", tmp_path / "uploads")
    (tmp_path / "uploads" / "captura").rmdir()
    take_tree(work(tmp_path), "uploads", tmp_path / "uploads")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    saved = tmp_path / "backup" / "files" / YAML
    saved.parent.mkdir(parents=True)
    saved.write_text("saved")
    return tmp_path / "backup"


def planned(backup: Path, home: Path) -> placing.Placement:
    saved = backup / "files" / YAML
    file = BackedFile(sha256=sha256_of(saved), bytes=saved.stat().st_size, modified_ns=0)
    taken = manifest(datetime(2026, 1, 1, tzinfo=UTC), {f"files/{YAML}": file})
    return placing.plan(taken, {"framework": home / "framework"})


def test_drop_folders_that_no_backup_holds_are_named_without_their_secrets(tmp_path: Path) -> None:
    """Nobody was told, and whoever lost the machine lost the lists that were not loaded yet."""
    here = replace(settings.from_environment(), drop=tmp_path / "drop")
    (tmp_path / "drop").mkdir()
    (tmp_path / "share").mkdir()
    (tmp_path / "drop" / "linked").symlink_to(tmp_path / "share")
    folders = {
        "a": "listas", "b": "/mnt/listas", "c": "../share", "d": "linked", "e": "sftp://ana:s3cret@host/x?token=s3cret",
    }  # fmt: skip
    given = next(one for one in case_project().sources.values() if isinstance(one, TabularSource))
    sources = {code: given.model_copy(update={"folder": folder}) for code, folder in folders.items()}
    project = replace(case_project(), sources=sources)
    share = str(tmp_path / "share")
    assert elsewhere(here, project) == ("b: /mnt/listas", f"c: {share}", f"d: {share}", "e: sftp://host/x")
    assert elsewhere(replace(here, drop="s3://k:s3cret@bucket/drop/"), project)[:2] == (
        "a: s3://bucket/drop/listas",
        "b: /mnt/listas",
    )


def test_what_two_restores_move_aside_is_kept_twice(backup: Path, tmp_path: Path) -> None:
    there, aside = tmp_path / YAML, tmp_path / "aside"
    there.parent.mkdir()
    for text in ("first", "second", "third"):
        there.write_text(text)
        placing.put(planned(backup, tmp_path), backup, aside)
        assert there.read_text() == "saved"
    assert sorted(path.read_text() for path in aside.rglob("*") if path.is_file()) == ["first", "second", "third"]


def test_a_restore_that_was_cut_off_in_a_file_goes_on(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(source: Path, target: Path, mode: int) -> tuple[str, int]:
        target.parent.mkdir(parents=True)
        target.write_text("sa")
        raise KeyboardInterrupt

    monkeypatch.setattr(placing, "copy", cut)
    with pytest.raises(KeyboardInterrupt):
        placing.put(planned(backup, tmp_path), backup, None)
    monkeypatch.setattr(placing, "copy", copy)
    again = planned(backup, tmp_path)
    placing.refuse(again)
    placing.put(again, backup, None)
    assert [path.read_text() for path in (tmp_path / "framework").iterdir()] == ["saved"]


@pytest.fixture
def refusal() -> Iterator[dict[str, str]]:
    """What a server says in place of connecting, by the name of the database."""
    said: dict[str, str] = {}

    def refuse(dialect: object, record: object, arguments: object, parameters: dict[str, str]) -> None:
        if parameters["dbname"] in said:
            raise psycopg.OperationalError(said[parameters["dbname"]])

    sa.event.listen(sa.Engine, "do_connect", refuse)
    yield said
    sa.event.remove(sa.Engine, "do_connect", refuse)


def test_a_server_that_speaks_spanish_has_no_such_database_either(database: str, refusal: dict[str, str]) -> None:
    """PostgreSQL says why it refuses a connection in the language of its operating system, and gives no code."""
    missing = sa.make_url(database).set(database="test_missing").render_as_string(hide_password=False)
    assert state_of(missing) == "absent"
    refusal["test_missing"] = "FATAL:  no existe la base de datos «test_missing»"
    assert state_of(missing) == "absent"
    refusal["postgres"] = refusal["template1"] = 'FATAL:  role "nobody" does not exist'
    with pytest.raises(TransientError):
        state_of(missing)
