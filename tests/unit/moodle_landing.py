"""What the tests of the Moodle connector share: the connector of the demo's source, its rows, landed files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from trimestre.contracts import load_project
from trimestre.contracts.project import Project
from trimestre.sources.answers import JsonLinesWriter
from trimestre.sources.base import Connection, LandedFile, RecordChunk
from trimestre.sources.moodle import MoodleConnector

PROJECT = load_project(Path(__file__).parents[2])
CONTRACT = PROJECT.source("moodle_pnud")
EDITION = "NEISP-2020-1"


def connector(site: Any, token: str | None = None, project: Project = PROJECT, **changes: Any) -> MoodleConnector:
    """The connector of the demo's source, with some of its settings changed, for a simulated site."""
    contract = type(CONTRACT).model_validate(CONTRACT.model_dump() | changes)
    return MoodleConnector(contract, project, Connection(site.url, password=token or getattr(site, "token", "t0ken")))


def rows(chunks: list[RecordChunk]) -> dict[str, pd.DataFrame]:
    """All rows of all chunks by entity; ``record`` replaced by the position of the record."""
    found: dict[str, list[pd.DataFrame]] = {}
    for chunk in chunks:
        for entity, frame in chunk.rows(range(len(chunk.records))).items():
            found.setdefault(entity, []).append(frame.assign(record=[chunk.positions[i] for i in frame.record]))
    return {entity: pd.concat(frames) for entity, frames in found.items()}


def one(frame: pd.DataFrame, **where: str) -> dict[str, Any]:
    """The one row of which columns have these values; null as None."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return {key: None if pd.isna(value) else value for key, value in frame.iloc[0].items()}


def landed(
    folder: Path, dataset: str, *answers: tuple[str, dict[str, str], Any], scope: str = EDITION, number: int = 1
) -> LandedFile:
    """A landed file of given answers: method, parameters and body (an object, or the text as it came)."""
    path = folder / f"{dataset}-{number}.jsonl.zst"
    path.unlink(missing_ok=True)
    with JsonLinesWriter(path) as writer:
        for method, parameters, body in answers:
            writer.write(method, parameters, 200, body if isinstance(body, str) else json.dumps(body))
    return LandedFile(number, dataset, scope, path, path.name, "")
