"""What is installed may be used with an Apache-2.0 project: a new licence is looked at by a person, once."""

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
PERMISSIVE = re.compile(
    r"mit( license)?|mit-0|0bsd|bsd license|bsd-[23]-clause|3-clause bsd license|apache-2\.0|apache software license"
    r"|isc|isc license \(iscl\)|python software foundation license|psf-2\.0|cnri-python|the unlicense \(unlicense\)"
    r"|zlib|cc0-1\.0|mozilla public license 2\.0 \(mpl 2\.0\)|mpl-2\.0",
    re.IGNORECASE,
)
"""Also MPL-2.0, which asks for changes to its own files only."""

KNOWN = {
    "axe-playwright-python": "MIT, by its LICENSE; tests only",
    "docxtpl": "LGPL-2.1: used unchanged as a library, replaceable",
    "openlineage-sql": "Apache-2.0, by its project",
    "psycopg": "LGPL-3.0: used unchanged as a library, replaceable",
    "psycopg-binary": "LGPL-3.0: as psycopg",
    "psycopg2-binary": "LGPL with exceptions: as psycopg, used by Airflow",
    "text-unidecode": "Artistic License or GPL-2.0-or-later, at choice: Artistic",
}
"""Looked at one by one: the same list stands in ``docs/security.md``."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(found: Distribution) -> str:
    """What a package says: its expression, else its classifiers, else the first line of its text."""
    said = found.metadata
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if one.startswith("License ::")]
    first = (said.get("License") or "").strip().partition("\n")[0]
    return said.get("License-Expression") or "; ".join(classified) or first


def permissive(licence: str) -> bool:
    """Whether every part of an AND, and one part of an OR, asks for no more than to be named."""
    either = re.split(r"\s+OR\s+", licence)
    return any(
        all(PERMISSIVE.fullmatch(part.strip(" ()") if part.count("(") != 1 else part.strip())
            for part in re.split(r"\s+AND\s+|;\s*", one))
        for one in either
    )  # fmt: skip


def test_every_licence_is_one_that_somebody_looked_at() -> None:
    locked = {normal(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK.read_text(), re.MULTILINE)}
    found = {normal(one.metadata["Name"]): licence_of(one) for one in distributions()}
    installed = {name: licence for name, licence in found.items() if name in locked}
    assert len(installed) > 200
    unknown = {name: licence for name, licence in installed.items() if name not in KNOWN and not permissive(licence)}
    assert unknown == {}


def test_a_strong_copyleft_would_be_found() -> None:
    strange = ("GPL-3.0-only", "AGPL-3.0", "", "MIT AND GPL-2.0", "Other/Proprietary License", "SSPL-1.0", "BUSL-1.1")
    assert [licence for licence in strange if permissive(licence)] == []
    assert all(map(permissive, ("MIT", "MIT AND PSF-2.0", "GPL-2.0 OR MIT", "Apache-2.0 AND BSD-2-Clause")))


def test_the_list_of_the_documentation_is_this_one() -> None:
    told = (LOCK.parent / "docs" / "security.md").read_text(encoding="utf-8")
    assert [name for name in KNOWN if f"`{name}`" not in told] == []
