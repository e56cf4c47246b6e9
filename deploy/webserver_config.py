"""Logins on a server (Flask-AppBuilder): accounts in Airflow's database. For LDAP or OAuth see docs/server.md."""

from flask_appbuilder.const import AUTH_DB
from flask_appbuilder.exceptions import PasswordComplexityValidationError

from trimestre.orchestration.accounts import check_password


def _accepted(password):
    """Refuse what the file of first accounts would be refused for."""
    try:
        check_password(password)
    except ValueError as error:
        raise PasswordComplexityValidationError(str(error)) from None


AUTH_TYPE = AUTH_DB
AUTH_USER_REGISTRATION = False
FAB_PASSWORD_COMPLEXITY_ENABLED = True
FAB_PASSWORD_COMPLEXITY_VALIDATOR = _accepted
BABEL_DEFAULT_LOCALE = "es"
LANGUAGES = {"es": {"flag": "mx", "name": "Español"}, "en": {"flag": "us", "name": "English"}}
WTF_CSRF_ENABLED = True
