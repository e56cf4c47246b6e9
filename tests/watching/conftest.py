"""Servers that notices arrive at, for one test."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from receivers import Mailbox, Posted, smtp, webhook


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server."""
    with smtp() as box:
        yield box


@pytest.fixture
def posted() -> Iterator[Posted]:
    """An HTTP server."""
    with webhook() as told:
        yield told


@pytest.fixture
def run_together() -> Callable[..., None]:
    """Run functions at the same time, each in a thread; what one raises is raised."""

    def run(*functions: Callable[[], object]) -> None:
        with ThreadPoolExecutor(len(functions)) as pool:
            for done in [pool.submit(function) for function in functions]:
                done.result()

    return run
