"""The account key: the present one, a new one, and those before it."""

import hashlib
import hmac
import stat
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trimestre import settings
from trimestre.errors import ContractError
from trimestre.keys import AccountKey, account_keys, from_text, mark, older_keys
from trimestre.pipeline.hashes import uuids


@given(key=st.binary(max_size=70), source=st.text(max_size=3), refs=st.lists(st.text(max_size=80), max_size=3))
@example(key=b"k" * 65, source="moodle", refs=["ana", "ñandú"])
def test_an_account_keeps_its_key(key: bytes, source: str, refs: list[str]) -> None:
    told = [hmac.new(key, f"{source}\x1f{ref}".encode(), hashlib.sha256).digest()[:16] for ref in refs]
    keys = account_keys(key, source)
    assert [keys(ref) for ref in refs] == [str(uuid.UUID(bytes=known)) for known in told]
    assert [str(uuid.UUID(text)) for text in uuids(b"".join(map(keys.digest, refs))).to_pylist()] == list(
        map(keys, refs)
    )


def installation(tmp_path: Path) -> settings.Settings:
    return settings.Settings(
        tmp_path, tmp_path, tmp_path / "landing", tmp_path / "drop", None, tmp_path / "secrets" / "account_key"
    )


def test_a_new_key_takes_the_place_of_the_present_one_which_is_kept(tmp_path: Path) -> None:
    here = installation(tmp_path)
    old = here.account_hmac_key()
    new, path = here.key_to_rotate_to()
    assert path is not None
    assert new != old
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert here.key_to_rotate_to() == (new, path), "a rotation that died goes on with the same key"
    assert here.account_hmac_key() == old, "until the warehouse has it, the present key holds"
    here.take_up_key(path)
    now = here.account_hmac_key()
    assert (now, older_keys(now)) == (new, (old,))
    again, path = here.key_to_rotate_to()
    assert again not in (old, new)


def test_the_environment_gives_both_keys_or_the_new_one_is_left_in_a_file(tmp_path: Path) -> None:
    both = replace(installation(tmp_path), key="a", new_key="b")
    assert both.key_to_rotate_to() == (from_text("b"), None)
    assert not list(tmp_path.rglob("account_key*"))
    new, path = replace(both, new_key=None).key_to_rotate_to()
    assert path is not None
    assert from_text(path.read_text()) == new


def test_a_given_new_key_is_not_mistaken_for_one_that_was_begun_with(tmp_path: Path) -> None:
    here = installation(tmp_path)
    here.account_hmac_key()
    here.key_to_rotate_to()
    with pytest.raises(ContractError, match="TRIMESTRE_ACCOUNT_KEY_NEW"):
        replace(here, new_key="another").key_to_rotate_to()


def test_older_keys_are_given_by_text_or_by_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("second\n")
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    monkeypatch.setenv("TRIMESTRE_ACCOUNT_KEY", "now")
    monkeypatch.setenv("TRIMESTRE_ACCOUNT_KEY_OLD", f"first, file:{tmp_path / 'old'} ")
    key = settings.from_environment().account_hmac_key()
    assert key == from_text("now")
    assert key.older == (from_text("first"), from_text("second"))


def test_a_mark_tells_keys_apart_and_nothing_of_them() -> None:
    one, other = AccountKey(b"1" * 32), AccountKey(b"2" * 32)
    assert mark(one) == mark(bytes(one)) != mark(other)
    assert len(mark(one)) == 16
    assert older_keys(b"plain") == ()
