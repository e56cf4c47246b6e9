"""Three quarters closed one after another: what is published stays, what comes late or is mended is told, each thing once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from three_quarters import Learner, ThreeQuarters

Q1, Q2, Q3 = "2020-Q1", "2020-Q2", "2020-Q3"

FIRST = (
    Learner("Ana", "E1", "2020-02-20 10:00"),
    Learner("Luis", "E1", "2020-02-20 11:00", sex="hombre"),
    Learner("Eva", "E1", "2020-02-21 10:00", institution="UIF"),
    Learner("Iris", "E1"),
)
SECOND = (
    Learner("Ana", "E2", "2020-05-20 10:00"),
    Learner("Rosa", "E2", "2020-05-20 11:00", institution="UIF"),
    Learner("Juan", "E2", "2020-05-20 12:00", sex="hombre"),
)
THIRD = (Learner("Luis", "E3", "2020-08-20 10:00", sex="hombre"), Learner("Marta", "E3", "2020-08-21 10:00"))
LATE = Learner("Pedro", "E1", "2020-02-25 10:00", sex="hombre")


@pytest.fixture
def project(warehouse: sa.Engine, tmp_path: Path) -> Iterator[ThreeQuarters]:
    return ThreeQuarters(warehouse, tmp_path)


def test_people_who_return_count_once_in_what_is_accumulated_and_once_a_quarter(project: ThreeQuarters) -> None:
    project.night(*FIRST, *SECOND, *THIRD)
    told = {
        code: [project.value(code, period) for period in (Q1, Q2, Q3)] for code in ("CERT", "ALL", "QUARTER", "NEW")
    }
    assert told == {"CERT": [3, 3, 2], "ALL": [3, 5, 6], "QUARTER": [3, 3, 2], "NEW": [3, 2, 1]}
    assert project.spans("QUARTER", Q2) == {"2020-H1": 5, "2020": 5, "FY2020": 5, "project": 5}
    assert project.spans("CERT", Q3) == {"2020-H2": 2, "2020": 8, "FY2020": 8, "project": 8}
    assert project.spans("RATE", Q2)["2020-H1"] == pytest.approx(85.7), "6 of 7, not the mean of 75 and 100"
