"""What the tests of the page share: the app over the closed demo, asked by visitors of a role."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import HTTPException, Request
from fastapi.testclient import TestClient

from trimestre.web.app import create_app
from trimestre.web.visitors import Role, Visitor

if TYPE_CHECKING:
    from conftest import DemoPlant

Ask = Callable[..., TestClient]


@pytest.fixture
def ask(closed_demo: "DemoPlant", tmp_path: Path) -> Ask:
    """``ask("viewer")``: a client that is logged in with a role; ``ask(None)``: nobody is."""

    def client(role: str | None = "op", name: str = "especialista") -> TestClient:
        def identify(request: Request) -> Visitor:
            if role is None:
                raise HTTPException(401, "Not authenticated")
            return Visitor(name, Role[role.upper()])

        app = create_app(
            lambda: nullcontext(closed_demo.plant),
            identify,
            uploads=tmp_path / "uploads",
            written=tmp_path / "documents",
            prefix="",
        )
        return TestClient(app, follow_redirects=False)

    return client
