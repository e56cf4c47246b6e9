"""The plant as the environment describes it, for the commands."""

from collections.abc import Iterator
from contextlib import contextmanager

from trimestre import settings
from trimestre.contracts import Project, load_project
from trimestre.pipeline.plant import Plant
from trimestre.warehouse.database import connect


@contextmanager
def plant(project: Project | None = None, *, lenient: bool = False) -> Iterator[Plant]:
    """The plant, of a ``project`` that was read already; ``lenient`` leaves out sources whose YAML is wrong."""
    here = settings.from_environment()
    project = project or load_project(here.project, lenient_sources=lenient)
    with warehouse_url(here) as url:
        engine = connect(url)
        try:
            yield Plant(
                engine=engine,
                project=project,
                landing=here.landing,
                drop=here.drop,
                key=here.account_hmac_key(),
                connection_of=settings.connection_from_environment,
            )
        finally:
            engine.dispose()


@contextmanager
def warehouse_url(here: settings.Settings) -> Iterator[str]:
    """The configured warehouse; without one, the embedded PostgreSQL that a demo left, for as long as it is needed."""
    if here.warehouse_url or not (here.home / "secrets" / "postgres_password").exists():
        yield here.require_warehouse()
        return
    from trimestre.embedded import EmbeddedPostgres

    with EmbeddedPostgres.start(here.home) as postgres:
        yield postgres.url("warehouse")
