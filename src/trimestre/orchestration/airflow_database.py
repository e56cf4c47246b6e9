"""Airflow's own database: whether it holds the Airflow that is installed here.

Data flow: database -> revision, name and server, compared with what the last migration left in a note.
"""

import contextlib
import json
from importlib.metadata import version
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from trimestre.errors import PermanentError
from trimestre.texts import INSTALLED


class AirflowDatabase:
    """The database at ``url``; ``note`` is the file that says in which state the last migration left it."""

    def __init__(self, url: str, note: Path) -> None:
        self._url = make_url(url)
        self._note = note

    def url(self, driver: str) -> str:
        """SQLAlchemy URL with the password; ``driver`` such as ``postgresql+psycopg2``."""
        return self._url.set(drivername=driver).render_as_string(hide_password=False)

    def is_migrated(self) -> bool:
        """Whether the database is as the last migration left it."""
        # Airflow's own check imports Airflow (2 s) and is done here by what the last migration left.
        state = self._state()
        with contextlib.suppress(OSError, ValueError):
            return state is not None and state == json.loads(self._note.read_text())
        return False

    def note_migrated(self) -> None:
        """Note the present state as that of a migration."""
        self._note.write_text(json.dumps(self._state()))

    def _state(self) -> dict[str, str] | None:
        """What we note after a migration; ``None`` for a database that holds no Airflow."""
        try:
            with psycopg.connect(self.url("postgresql"), connect_timeout=10) as connection:
                row = connection.execute(
                    "select version_num, current_database(), (select system_identifier from pg_control_system())"
                    " from alembic_version"
                ).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
        except psycopg.OperationalError as error:
            raise PermanentError(
                INSTALLED["airflow_database"].format(name=self._url.database, host=self._url.host, port=self._url.port)
            ) from error
        if row is None:
            return None
        names = ("revision", "database", "server")
        return {"airflow": version("apache-airflow"), **dict(zip(names, map(str, row), strict=True))}
