"""A printed figure opens down to the landed file and the place in it, after a real night of the demo."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import zstandard

from trimestre.indicators.computing import compute
from trimestre.indicators.values import evidence_rows
from trimestre.periods import Period
from trimestre.pipeline.landing import landed_files

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)


def test_every_row_behind_a_figure_is_found_in_the_file_that_was_received(
    demo_after_a_night: "DemoPlant",
) -> None:
    plant = demo_after_a_night.plant
    figures = compute(plant.engine, plant.project, Q2).values
    counted = {v.indicator: v.n for v in figures if v.official and v.disaggregation == "total"}
    with plant.engine.connect() as connection:
        rows = {i.code: evidence_rows(connection, plant.project, i.code, Q2) for i in plant.project.indicators}
        files = {
            file.landed_file_id: (source, batch_id, file)
            for batch_id, source in connection.execute(sa.text("SELECT batch_id, source FROM ops.batch"))
            for file in landed_files(connection, plant.landing, batch_id)
        }
    assert {code: sum(row["excluded"] is None for row in found) for code, found in rows.items()} == counted
    assert set(rows) == {indicator.code for indicator in plant.project.indicators}
    everything = [row for found in rows.values() for row in found]
    assert len(everything) > 3000
    by_source: dict[str, list[Any]] = {}
    for source, _, file in files.values():
        by_source.setdefault(source, []).append(file)
    places = {
        (chunk.landed_file_id, position)
        for source, found in by_source.items()
        for chunk in plant.connector(source).chunks(found)
        for position in chunk.positions
    }
    for row in everything:
        source, batch_id, _ = files[row["landed_file_id"]]
        assert (source, batch_id) == (row["source"], row["batch_id"])
        assert (row["landed_file_id"], row["position"]) in places, row["evidence_key"]
    moodle = [row for row in rows["L2-02"] if row["source"] == "moodle_pnud"]
    answers = _answers(files[moodle[0]["landed_file_id"]][2])
    for row in moodle:
        status = _at(answers, row["position"])
        assert datetime.fromtimestamp(status["timecompleted"], UTC) == row["at"]
    typed = [row for row in rows["L2-08"] if row["hit"]]
    assert len(typed) == 22


def _answers(file: Any) -> dict[int, Any]:
    """The answers of an API that a landed file holds, by their ordinal."""
    with file.path.open("rb") as raw:
        lines = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read().decode().splitlines()
    return {answer["ordinal"]: json.loads(answer["body"]) for answer in map(json.loads, lines)}


def _at(answers: dict[int, Any], position: str) -> Any:
    """What stands at ``<ordinal>#<JSON pointer>``."""
    ordinal, pointer = position.split("#")
    found = answers[int(ordinal)]
    for step in pointer.strip("/").split("/"):
        found = found[int(step) if isinstance(found, list) else step]
    return found
