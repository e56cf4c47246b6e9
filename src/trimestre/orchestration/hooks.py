"""The hooks behind the connection types: they hand out the stored connection, and test it for the form of the UI.

The network belongs to the connectors in ``trimestre.sources``, which know nothing of Airflow.
"""

from typing import TYPE_CHECKING, ClassVar

from airflow.sdk import BaseHook, Connection

from trimestre.errors import TrimestreError

if TYPE_CHECKING:
    from trimestre.sources import base


def translated(stored: Connection) -> "base.Connection":
    """A connection of Airflow as the connectors take it."""
    from trimestre import settings

    return settings.connection(
        host=stored.host,
        schema=stored.schema,
        port=stored.port,
        login=stored.login,
        password=stored.password,
        extra=stored.extra_dejson,
    )


class _SourceHook(BaseHook):
    """Hand out the connection of a source; each kind has its own type in the form of Airflow's UI."""

    conn_type: ClassVar[str]
    conn_name_attr: ClassVar[str]
    hook_name: ClassVar[str]

    def __init__(self, connection_id: str) -> None:
        super().__init__()
        self.connection_id = connection_id

    def get_conn(self) -> Connection:
        """Return the stored connection: base URL in ``host``, token or password in ``password``."""
        return self.get_connection(self.connection_id)

    def test_connection(self) -> tuple[bool, str]:
        """What the Test button shows: whether the site lets us in, and in Spanish what to do if not."""
        try:
            problems = self._problems(translated(self.get_conn()))
        except TrimestreError as error:
            return False, (
                f"La dirección no responde como un {self.hook_name}: está caído, en mantenimiento o es otro sitio. "
                f"Revise la dirección; si es correcta, pruebe más tarde. {error}"
            )
        return not problems, " ".join(problems) or f"Conexión correcta: {self.hook_name} acepta las credenciales."

    def _problems(self, connection: "base.Connection") -> list[str]:
        raise NotImplementedError


class MoodleHook(_SourceHook):
    """Connection type ``moodle``."""

    conn_type = "moodle"
    conn_name_attr = "moodle_conn_id"
    hook_name = "Moodle"

    def __init__(self, moodle_conn_id: str = "moodle_default") -> None:
        super().__init__(moodle_conn_id)

    def _problems(self, connection: "base.Connection") -> list[str]:
        from trimestre.sources.moodle.check import probe

        return probe(connection)


class LimeSurveyHook(_SourceHook):
    """Connection type ``limesurvey``."""

    conn_type = "limesurvey"
    conn_name_attr = "limesurvey_conn_id"
    hook_name = "LimeSurvey"

    def __init__(self, limesurvey_conn_id: str = "limesurvey_default") -> None:
        super().__init__(limesurvey_conn_id)

    def _problems(self, connection: "base.Connection") -> list[str]:
        from trimestre.sources.limesurvey.check import probe

        return probe(connection)


class KoboHook(_SourceHook):
    """Connection type ``kobo``."""

    conn_type = "kobo"
    conn_name_attr = "kobo_conn_id"
    hook_name = "KoboToolbox"

    def __init__(self, kobo_conn_id: str = "kobo_default") -> None:
        super().__init__(kobo_conn_id)

    def _problems(self, connection: "base.Connection") -> list[str]:
        from trimestre.sources.kobo.check import probe

        return probe(connection)
