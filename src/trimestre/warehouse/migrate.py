"""Bringing a warehouse to the newest schema: Alembic migrations, then functions, roles and their rights.

Data flow: sql/migrations/versions/*.py + sql/functions.sql + sql/roles.sql -> the database.
"""

import sqlalchemy as sa

from trimestre.warehouse.database import connect, expect_utf8, transaction
from trimestre.warehouse.sqlfiles import ROOT
from trimestre.warehouse.tables import SCHEMAS

_LOCK = 7_074_230_147


def migrate(url: str) -> None:
    """Migrate the warehouse at ``url``; safe to run again and from several processes at once.

    :class:`PermanentError` where the database is not in UTF8: nothing was made in it then.
    """
    from alembic import command

    engine = connect(url)
    with transaction(engine) as connection:
        expect_utf8(connection)
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if connection.execute(sa.text("SELECT to_regclass('ops.schema_version')")).scalar() is None:
            for schema, comment in SCHEMAS.items():
                connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
                connection.exec_driver_sql(f"COMMENT ON SCHEMA {schema} IS '{comment}'")
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for name in ("functions", "roles"):
            # as they are written: in them a colon is no parameter
            connection.exec_driver_sql((ROOT / f"{name}.sql").read_text(encoding="utf-8").replace("%", "%%"))
    engine.dispose()


def alembic_config():  # type: ignore[no-untyped-def]
    """Alembic's configuration without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config
