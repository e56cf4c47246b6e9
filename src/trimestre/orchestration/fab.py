"""Airflow's FAB login manager, by which a server has accounts, roles, LDAP or OAuth; Trimestre asks one thing of it.

Data flow: user and approvers of a question -> who may answer it.
"""

from typing import Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager


class AccountsManager(FabAuthManager):
    """FAB, where the approvers of a question are known by the names that they log in with.

    FAB numbers its users, and Airflow compares that number with whom a question is put to; ``framework.yaml`` names
    people, as every decision does. Set it as ``[core] auth_manager``.
    """

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: Any) -> bool:
        """Whether a user may answer a question that is put to ``assigned_users``, who are names."""
        return user.get_name() in assigned_users
