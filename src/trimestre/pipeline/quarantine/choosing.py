"""Some records of landed files: what the door is shown when only these are staged.

Data flow: connector.chunks -> chunks of the records at some positions, numbered anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from trimestre.sources.base import RecordChunk, RowFrames, WideRows


def only(chunks: Iterator[RecordChunk], wanted: Mapping[tuple[int, str], set[str]]) -> Iterator[RecordChunk]:
    """The chunks with the records at some positions and no others; ``wanted``: landed file and dataset -> positions."""
    for chunk in chunks:
        places = wanted.get((chunk.landed_file_id, chunk.dataset), set())
        chosen = [index for index, position in enumerate(chunk.positions) if position in places]
        if chosen:
            yield _part(chunk, chosen)


def _part(chunk: RecordChunk, chosen: list[int]) -> RecordChunk:
    """A chunk of some of a chunk's records, numbered anew."""
    numbers = {index: number for number, index in enumerate(chosen)}

    def rows(indices: Sequence[int]) -> RowFrames:
        frames = chunk.rows([chosen[index] for index in indices])
        return {name: frame.assign(record=frame["record"].map(numbers)) for name, frame in frames.items()}

    def wide(indices: Sequence[int], ask: Callable[[Sequence[int]], WideRows]) -> WideRows:
        given = ask([chosen[index] for index in indices])
        return replace(given, records=[numbers[index] for index in given.records])

    return replace(
        chunk,
        positions=[chunk.positions[index] for index in chosen],
        records=[chunk.records[index] for index in chosen],
        rows=rows,
        unreadable={numbers[index]: why for index, why in chunk.unreadable.items() if index in numbers},
        wide=None if chunk.wide is None else partial(wide, ask=chunk.wide),
    )
