"""The hooks behind the connection types: they only hand out the stored connection.

The network belongs to the connectors in ``trimestre.sources``, which know nothing of Airflow.
"""

from typing import ClassVar

from airflow.sdk import BaseHook, Connection


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


class MoodleHook(_SourceHook):
    """Connection type ``moodle``."""

    conn_type = "moodle"
    conn_name_attr = "moodle_conn_id"
    hook_name = "Moodle"

    def __init__(self, moodle_conn_id: str = "moodle_default") -> None:
        super().__init__(moodle_conn_id)


class LimeSurveyHook(_SourceHook):
    """Connection type ``limesurvey``."""

    conn_type = "limesurvey"
    conn_name_attr = "limesurvey_conn_id"
    hook_name = "LimeSurvey"

    def __init__(self, limesurvey_conn_id: str = "limesurvey_default") -> None:
        super().__init__(limesurvey_conn_id)


class KoboHook(_SourceHook):
    """Connection type ``kobo``."""

    conn_type = "kobo"
    conn_name_attr = "kobo_conn_id"
    hook_name = "KoboToolbox"

    def __init__(self, kobo_conn_id: str = "kobo_default") -> None:
        super().__init__(kobo_conn_id)
