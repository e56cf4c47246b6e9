"""What Airflow asks a provider at start: the connection types of the sources, labelled in Spanish.

Called while Airflow is being imported: it must import nothing. The forms come from this dictionary alone;
the hooks are loaded when a connection is used. Secrets go to ``password``, the only field that Airflow masks.
The port is not hidden although an address says it all: the Test button of Airflow 3.3 sends a missing port as 0, which
its own server refuses (HTTP 400) for a connection that was stored without one.
"""

from typing import Any

_PORT = {"port": "Puerto (443 para https)"}
_PORT_PLACEHOLDER = {"port": "443; sin él, el botón de prueba de la lista no funciona"}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description in the shape of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "trimestre",  # must be the name of the distribution
        "name": "Trimestre",
        "description": "Conexiones con las plataformas de cursos y las encuestas en línea.",
        "connection-types": [
            {
                "connection-type": "moodle",
                "hook-class-name": "trimestre.orchestration.hooks.MoodleHook",
                "hook-name": "Moodle",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "login", "extra"],
                    "relabeling": {
                        "host": "Dirección del sitio Moodle",
                        "password": "Clave (token) del servicio web",
                        "description": "Descripción",
                        **_PORT,
                    },
                    "placeholders": {
                        "host": "https://cursos.example.org",
                        "password": "La genera quien administra el sitio, para una cuenta de solo lectura",
                        **_PORT_PLACEHOLDER,
                    },
                },
            },
            {
                "connection-type": "limesurvey",
                "hook-class-name": "trimestre.orchestration.hooks.LimeSurveyHook",
                "hook-name": "LimeSurvey",
                "conn-fields": {
                    "auth_plugin": {
                        "label": "Forma de acceso",
                        "description": "Authdb para cuentas de LimeSurvey; AuthLDAP para las de un directorio.",
                        "schema": {"type": ["string", "null"], "default": "Authdb"},
                    },
                },
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "extra"],
                    "relabeling": {
                        "host": "Dirección del sitio LimeSurvey",
                        "login": "Usuario",
                        "password": "Contraseña",
                        "description": "Descripción",
                        **_PORT,
                    },
                    "placeholders": {
                        "host": "https://encuestas.example.org",
                        "login": "Una cuenta que solo puede leer las encuestas del proyecto",
                        **_PORT_PLACEHOLDER,
                    },
                },
            },
            {
                "connection-type": "kobo",
                "hook-class-name": "trimestre.orchestration.hooks.KoboHook",
                "hook-name": "KoboToolbox",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "login", "extra"],
                    "relabeling": {
                        "host": "Dirección del servidor KoboToolbox",
                        "password": "Clave (token) de la API",
                        "description": "Descripción",
                        **_PORT,
                    },
                    "placeholders": {
                        "host": "https://kf.kobotoolbox.org o https://eu.kobotoolbox.org",
                        "password": "De una cuenta de servicio que solo puede ver los envíos de los proyectos",
                        **_PORT_PLACEHOLDER,
                    },
                },
            },
        ],
    }
