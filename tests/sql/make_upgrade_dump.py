"""Makes the dump of the present revision for ``test_upgrade.py``; run before a release, on the code that is released:

``pytest -n0 tests/sql/make_upgrade_dump.py`` (not collected otherwise) writes ``fixtures/upgrade/<revision>.sql.zst``.
"""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
import zstandard

from trimestre.embedded.place import wheel_binaries
from trimestre.pipeline import acts, night
from trimestre.warehouse.tables import SCHEMAS

if TYPE_CHECKING:
    from conftest import DemoPlant

DUMPS = Path(__file__).resolve().parents[1] / "fixtures" / "upgrade"
REBUILT = ("staging", "marts")


def test_dump_the_present_revision(closed_demo: "DemoPlant") -> None:
    """A closed quarter, a learner away for a night, two persons merged, one erased."""
    plant, world = closed_demo.plant, closed_demo.world
    at = datetime(2020, 8, 10, tzinfo=UTC)
    student = min(user for user in world.moodle.users if (2, user) in world.moodle.course_access)
    for suspended in (True, False):
        for enrolment in world.moodle.enrolments:
            if enrolment.user_id == student:
                enrolment.suspended = suspended
        at += timedelta(days=1)
        night.ingest(plant, "moodle_pnud", at)
    with plant.engine.connect() as connection:
        first, second, third = connection.scalars(
            sa.text("SELECT CAST(account_key AS text) FROM warehouse.person_link WHERE valid_to = 'infinity'"
                    " AND source = 'moodle_pnud' AND account_key = person_key ORDER BY 1 LIMIT 3")
        )  # fmt: skip
    acts.decide_identity(plant, "merge_persons", [first, second], reason="Misma persona.", decided_by="especialista")
    accounts = len(acts.find_person(plant, "account", third).accounts)
    acts.erase(plant, "account", third, accounts=accounts, reason="solicitud 12", decided_by="coordinacion")
    night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project))
    with plant.engine.connect() as connection:
        revision = connection.execute(sa.text("SELECT version_num FROM ops.schema_version")).scalar_one()
    url = plant.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    schemas = [f"--schema={name}" for name in SCHEMAS if name not in REBUILT]
    text = subprocess.run(
        [wheel_binaries() / "pg_dump", url, "--data-only", "--exclude-table=ops.schema_version", *schemas],
        capture_output=True,
        check=True,
    ).stdout
    (DUMPS / f"{revision}.sql.zst").write_bytes(zstandard.ZstdCompressor(level=19).compress(text))
