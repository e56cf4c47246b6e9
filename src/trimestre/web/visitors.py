"""Who looks: a name and a role, in the order of what they may see and do."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from fastapi import HTTPException, Request

from trimestre import texts


class Role(IntEnum):
    """Airflow's roles, each with what the lower ones may."""

    NOBODY = 0
    """Is logged in and may read nothing: somebody of the directory who was given no role."""
    VIEWER = 1
    """Reads aggregates."""
    USER = 2
    OP = 3
    """Also reads row-level evidence (pseudonymous), uploads and takes."""
    ADMIN = 4


@dataclass(frozen=True)
class Visitor:
    """Somebody who is logged in."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this visitor has a role or a higher one."""
        return self.role >= role


Identify = Callable[..., Any]
"""A FastAPI dependency: gives a :class:`Visitor`, or ends the request when nobody is logged in."""


def visitor_of(request: Request) -> Visitor:
    """Who sent a request."""
    visitor: Visitor = request.state.visitor
    return visitor


def require(role: Role) -> Callable[[Request], None]:
    """A dependency that refuses (403) whoever has a lower role."""

    def check(request: Request) -> None:
        if not visitor_of(request).may(role):
            raise HTTPException(403, texts.PAGE["forbidden"])

    return check
