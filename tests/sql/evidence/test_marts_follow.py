"""The marts after each night: what is brought for the people touched leaves the rows that everybody's would."""

import pytest
import sqlalchemy as sa
from given import Given
from test_kept_lines import Eventful

from trimestre.indicators.computing import compute_all
from trimestre.pipeline.marts.following import Following
from trimestre.pipeline.marts.refreshing import Refreshed, refresh


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that were filled for the people touched, as it happens."""
    found: list[str] = []
    fill_some = Following._fill_some

    def watched(self: Following, name: str) -> int:
        done = fill_some(self, name)
        found.extend([name] * bool(done))
        return done

    monkeypatch.setattr(Following, "_fill_some", watched)
    return found


def live(engine: sa.Engine, seed: int, nights: int) -> None:
    """Some nights; after each the marts follow, and a full refresh has nothing to add."""
    with engine.begin() as connection:
        given = Given(connection)
        history = Eventful(given, seed)
        given.survey("S-IN", edition="R-1", reached_by="invitation")
    try:
        for night in range(nights):
            with engine.begin() as connection:
                given.connection = connection
                given.next_night()
                if night:
                    for _ in range(4):
                        history.step()
                    given.next_night()
            project = history.published.project
            compute_all(engine, project, project.periods.all())
            refresh(engine, project)
            assert refresh(engine, project, full=True) == Refreshed((), 0)
    except BaseException:
        print("\n".join(history.told))
        raise


def test_what_follows_the_people_touched_is_what_everybody_gives(warehouse: sa.Engine, followed: list[str]) -> None:
    live(warehouse, seed=5, nights=4)
    assert {"enrolment", "person"} <= set(followed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_it_is_so_in_longer_histories(warehouse: sa.Engine, followed: list[str], seed: int) -> None:
    live(warehouse, seed, nights=9)
    assert {"enrolment", "enrolment_module", "person"} <= set(followed)
