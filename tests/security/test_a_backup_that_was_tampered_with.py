"""A backup whose manifest names places outside of it writes nothing there: it is refused before anything is touched."""

import hashlib
import json
from pathlib import Path

import pytest

from trimestre.backups.checking import check
from trimestre.backups.manifest import MANIFEST
from trimestre.errors import PermanentError

ABOUT = {
    "format": 1, "trimestre": "1", "revision": "0001", "postgresql": "18", "taken_at": "2020-07-01T00:00:00Z",
    "zone": "UTC", "key_mark": None, "older_key_marks": [], "counts": {}, "vintages": [], "logins": {}, "damaged": [],
    "skipped": 0,
}  # fmt: skip
CONTENT = b"* * * * * root id"


@pytest.mark.parametrize(
    "name",
    [
        "files/landing/../../../fuera", "../fuera", "/etc/cron.d/fuera", "files/landing//etc/cron.d/fuera",
        "files//landing/fuera", "files/landing/./fuera", "files/landing/fuera/", "files/landing/a\0b", "",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_folders_of_the_house(name: str, tmp_path: Path) -> None:
    backup = tmp_path / "copia"
    # What pathlib makes of each name is there, with the right content: only the name itself is wrong.
    place = backup / name.replace("\0", "")
    if place.is_relative_to(backup) and place != backup:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(CONTENT)
    backup.mkdir(exist_ok=True)
    file = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "bytes": len(CONTENT), "modified_ns": 0}
    (backup / MANIFEST).write_text(json.dumps({**ABOUT, "files": {name: file}}))
    with pytest.raises(PermanentError, match="lleva fuera del respaldo"):
        check(backup)
