"""Airflow's FAB login manager, by which a server has accounts, roles, LDAP or OAuth; Trimestre asks two things of it.

Data flow: user and approvers of a question -> who may answer it; name typed at the log-in -> the one of its account.
"""

import re
from functools import cached_property
from typing import Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class OneNameEach(FabAirflowSecurityManagerOverride):
    """FAB's log-ins, where a person of an LDAP directory has one account, however the name is typed.

    A directory compares names without regard to case, blanks and the width of letters; FAB would make an account
    for each way to write one, and who prepared a quarter under one name could approve it under another.
    """

    def auth_user_ldap(self, username: Any, password: Any, rotate_session_id: bool = True) -> Any:
        """The account of somebody in the directory, None when refused; a name is lower-case ASCII."""
        name = (username or "").lower()
        return super().auth_user_ldap(name, password, rotate_session_id) if _NAME.fullmatch(name) else None


class AccountsManager(FabAuthManager):
    """FAB, where the approvers of a question are known by the names that they log in with.

    FAB numbers its users, and Airflow compares that number with whom a question is put to; ``framework.yaml`` names
    people, as every decision does. Set it as ``[core] auth_manager``.
    """

    @cached_property
    def security_manager(self) -> Any:
        """FAB's manager of log-ins; another one may be named by ``SECURITY_MANAGER_CLASS``."""
        from flask import current_app

        current_app.config["SECURITY_MANAGER_CLASS"] = current_app.config.get("SECURITY_MANAGER_CLASS") or OneNameEach
        return super().security_manager

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: Any) -> bool:
        """Whether a user may answer a question that is put to ``assigned_users``, who are names."""
        return user.get_name() in assigned_users
