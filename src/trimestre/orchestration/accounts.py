"""The first accounts of a server with FAB, made from a file of secrets: ``python -m ….accounts FILE``.

Data flow: file -> accounts, checked -> those that are missing are made, the others stay as people changed them.

There is no account before, and none by default. The file is a list in JSON, which may be empty once somebody can log in
who makes further ones; a role is one of FAB's own::

    [{"username": "coordinacion", "first_name": "…", "last_name": "…", "email": "…", "role": "Op", "password": "…"}]
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, field_validator, model_validator

from trimestre.contracts.base import Contract
from trimestre.contracts.telling import rule_of
from trimestre.errors import PermanentError
from trimestre.texts import INSTALLED

LEAST = 12
"""Letters of a password: long ones withstand guessing, rules about their signs do not help (NIST SP 800-63B)."""
_MENU = (("can_read", "Plugins"),)
"""What Viewer and User need beyond FAB's own rights to find the page in Airflow's menu."""


class Account(Contract):
    """Somebody who may log in."""

    username: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9._@-]{0,63}$", description="Name to log in with, as in framework.yaml's approvers."
    )
    first_name: str = Field(min_length=1, max_length=64, description="First name.")
    last_name: str = Field(min_length=1, max_length=64, description="Last name.")
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320, description="E-mail; no two accounts share one.")
    role: Literal["Viewer", "User", "Op", "Admin"] = Field(description="What the account may do, see docs/server.md.")
    password: SecretStr = Field(description="First password, 12 letters or more; its owner changes it.")

    @field_validator("password")
    @classmethod
    def _strong(cls, value: SecretStr) -> SecretStr:
        check_password(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _not_the_name(self) -> "Account":
        if self.username.lower() in self.password.get_secret_value().lower():
            raise ValueError(INSTALLED["name_in_password"])
        return self


def check_password(text: str) -> None:
    """Refuse (ValueError) a password that is guessed soon: short, or of few different letters."""
    if len(text) < LEAST or len(set(text)) < LEAST // 2:
        raise ValueError(INSTALLED["weak_password"].format(least=LEAST))


def read_accounts(path: Path) -> list[Account]:
    """The accounts of a file; :class:`PermanentError`, which tells none of its values, when they can't be used."""
    try:
        accounts = TypeAdapter(list[Account]).validate_json(path.read_text())
    except OSError as error:
        raise _unusable(path, error.strerror or INSTALLED["no_file"]) from None
    except ValidationError as error:
        raise _unusable(path, "; ".join(map(_found, error.errors(include_input=False)))) from None
    names = [account.username.lower() for account in accounts]
    if len(set(names)) < len(names) or len({account.email.lower() for account in accounts}) < len(names):
        raise _unusable(path, INSTALLED["twice"])
    return accounts


def _found(problem: Any) -> str:
    """Where something is wrong, and what; not the value, which may be a password."""
    place, kind = ".".join(map(str, problem["loc"])), problem["type"]
    if kind == "value_error":
        said = rule_of(problem)
    else:
        said = INSTALLED.get(f"account_{kind}") or INSTALLED["account_value"].format(rule=rule_of(problem))
    return f"{place}: {said}" if place else said


def _unusable(path: Path, found: str) -> PermanentError:
    return PermanentError(INSTALLED["accounts"].format(name=path.name, found=found))


def ensure_accounts(accounts: Sequence[Account]) -> list[str]:
    """Make FAB's roles and the accounts that are missing; returns the names of those that were made.

    Raises PermanentError when nobody with the role Admin is left to make more.
    """
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.utils.providers_configuration_loader import providers_configuration_loaded

    @providers_configuration_loaded
    def ensure() -> list[str]:
        with get_application_builder() as builder:
            builder.sm.sync_roles()
            for role in ("Viewer", "User"):
                for action, resource in _MENU:
                    found = builder.sm.create_permission(action, resource)
                    builder.sm.add_permission_to_role(builder.sm.find_role(role), found)
            made = [account.username for account in accounts if _made(builder.sm, account)]
            if not any(role.name == "Admin" for user in builder.sm.get_all_users() for role in user.roles):
                raise PermanentError(INSTALLED["no_admin"])
            return made

    made: list[str] = ensure()
    return made


def _made(manager: Any, account: Account) -> bool:
    """Whether an account had to be made; one that is there keeps its password, role and state."""
    if manager.find_user(username=account.username):
        return False
    password = account.password.get_secret_value()
    names = (account.username, account.first_name, account.last_name, account.email)
    if not manager.add_user(*names, manager.find_role(account.role), password):
        raise PermanentError(INSTALLED["account_not_made"].format(name=account.username))
    return True


def main(arguments: Sequence[str]) -> int:
    """Make the accounts of the file that the one argument names."""
    try:
        accounts = read_accounts(Path(arguments[0]))
        made = ensure_accounts(accounts)
    except PermanentError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"accounts: {len(made)} made, {len(accounts) - len(made)} were there")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
