"""Where the time of a night goes: `trimestre night` in this process, step by step, at N learners.

``make bench STEPS=1 N=100000``. Every step's own time, without the steps inside of it: elapsed seconds, CPU seconds of
this process and CPU seconds of all processes of PostgreSQL. The nights are run by the functions of the package,
wrapped from outside; a wrapped name that the package no longer has is told and left out, and its time is then part
of the step around it. The tables for analysts, which `trimestre marts refresh` brings up to date afterwards, are one
step.
"""

import argparse
import dataclasses
import functools
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import bench
import generate

Label = Callable[..., str] | str


class Steps:
    """Own time of nested steps: name -> [elapsed, CPU here, CPU of PostgreSQL]."""

    def __init__(self, server: bench.Server) -> None:
        self._server = server
        self._open: list[str] = []
        self._last = self._now()
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), self._server.cpu()

    def _charge(self) -> None:
        now = self._now()
        if self._open:
            for place, (then, instant) in enumerate(zip(self._last, now, strict=True)):
                self.spent[self._open[-1]][place] += instant - then
        self._last = now

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Charge what happens inside to ``name``."""
        self._charge()
        self._open.append(name)
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    def wrap(self, owner: Any, attribute: str, label: Label) -> None:
        """Charge every call of a function to a step."""
        inner = getattr(owner, attribute, None)
        if inner is None:
            print(
                f"steps: found no {owner.__name__}.{attribute}; its time goes to the step around it.", file=sys.stderr
            )
            return

        @functools.wraps(inner)
        def outer(*arguments: Any, **options: Any) -> Any:
            with self.step(label if isinstance(label, str) else label(*arguments, **options)):
                return inner(*arguments, **options)

        setattr(owner, attribute, outer)


class _Connector:
    """A connector whose reading of files and making of rows are steps."""

    def __init__(self, connector: Any, steps: Steps) -> None:
        self._connector, self._steps = connector, steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def parts(self, files: Any) -> list[Any]:
        """The connector's parts."""
        from trimestre.sources.base import parts_of

        return [
            dataclasses.replace(part, chunks=functools.partial(self._watched, part.chunks))
            for part in parts_of(self._connector, files)
        ]

    def _watched(self, read: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        from trimestre.sources.tabular.records import WideTable

        chunks = read()
        while True:
            with self._steps.step("parse: file to records"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            if not isinstance(chunk.wide, WideTable):
                self._steps.wrap(chunk, "rows" if chunk.wide is None else "wide", "parse: records to rows")
            yield chunk


class _AtOnce:
    """In the place of the thread that writes behind the reader: steps are told one after the other."""

    def submit(self, work: Callable[[], None]) -> None:
        """Do it."""
        work()

    def wait(self) -> None:
        """Nothing is left to do."""

    def __enter__(self) -> "_AtOnce":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _in_turn(plant: Any, sources: Sequence[str], clock: Callable[[], Any]) -> Iterator[tuple[str, Any]]:
    """In the place of the night that makes the next source ready meanwhile: steps are told one after the other."""
    from trimestre.pipeline import night

    for source in sources:
        yield source, night.ingest(plant, source, clock())


def instrument(steps: Steps) -> None:
    """Wrap the functions of the package."""
    from trimestre.indicators import computing
    from trimestre.pipeline import (
        ahead,
        door,
        landing,
        merging,
        night,
        remembered,
        staging,
        statements,
        unpivoting,
        validation,
        versioning,
    )
    from trimestre.sources.tabular.records import WideTable

    steps.wrap(landing, "land", "land")
    for module in (door, unpivoting):
        steps.wrap(module, "copy_rows", lambda _, table, __: "COPY: " + ("door" if "door" in table else "staging"))
    door.OneBehind = _AtOnce  # type: ignore[misc,assignment]
    ahead.ingest_all = _in_turn
    steps.wrap(door.Door, "take_all", "stage: rows to columns")
    steps.wrap(door.Door, "take", "door: hashes, and rows as they are sent")
    steps.wrap(door.Door, "_run", "door: records")
    steps.wrap(remembered.Remembered, "of", "door: what is remembered")
    steps.wrap(unpivoting.Unpivoting, "_write", "stage: rows to columns, multiplied in the database")
    steps.wrap(WideTable, "__call__", "parse: records to rows")
    steps.wrap(staging, "stage", "stage: rest (clear, analyze, commit)")
    steps.wrap(validation, "_judge", lambda source, project, entity, *_: f"validate: Great Expectations, {entity.name}")
    steps.wrap(validation, "_note_same_keys", "validate: keys told twice")
    steps.wrap(validation, "_store", "validate: marking failed rows, key conflicts")
    steps.wrap(validation, "validate", "validate: rest")
    steps.wrap(merging, "link_persons", "identity")
    steps.wrap(merging, "moved_quarters", "quarters moved")
    steps.wrap(merging, "empty", "empty staging")
    steps.wrap(merging, "merge", "merge: rest (commit)")
    steps.wrap(
        statements.Statements,
        "run",
        lambda _, name, entity=None, **__: f"merge: {entity.name if entity else 'records'}: {name}",
    )
    steps.wrap(versioning.EntityMerge, "_make", lambda merge, table, **__: f"merge: {merge._entity.name}: {table}")
    steps.wrap(versioning.EntityMerge, "run", lambda merge: f"merge: {merge._entity.name}: counts, indexes, ANALYZE")
    steps.wrap(merging._Merging, "_prepare", "merge: records: rest")
    steps.wrap(computing, "indicator_values", lambda _, indicator, *__: f"compute: {indicator.code}")
    steps.wrap(computing, "compute_all", "compute: rest")
    night.compute_all = computing.compute_all

    connector = night.Plant.connector

    def watched(plant: Any, source: str) -> Any:
        return _Connector(connector(plant, source), steps)

    night.Plant.connector = watched  # type: ignore[method-assign]


def run_night(steps: Steps, variables: dict[str, str]) -> dict[str, list[float]]:
    """One night by the command itself, in this process; what each step of it spent."""
    from trimestre.cli import app

    os.environ.update(variables)
    steps.spent.clear()
    with redirect_stdout(sys.stderr):
        with steps.step("rest"):
            app(["night", "--no-marts"], standalone_mode=False)
        with steps.step("marts"):
            app(["marts", "refresh"], standalone_mode=False)
    return {name: list(spent) for name, spent in steps.spent.items()}


def grouped(spent: dict[str, list[float]]) -> dict[str, list[float]]:
    """Steps with the statements of an entity's merge, and the quarters and indicators computed, added up."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for name, values in spent.items():
        parts = name.split(": ")
        group = ": ".join(parts[:2]) if parts[0] == "merge" else parts[0] if parts[0] == "compute" else name
        group = "validate: Great Expectations" if group.startswith("validate: Great") else group
        found[group] = [a + b for a, b in zip(found[group], values, strict=True)]
    return dict(found)


def table(spent: dict[str, list[float]], least: float) -> str:
    """The steps that cost at least so many CPU seconds, the dearest first."""
    lines = ["| step | CPU s | client | PostgreSQL | elapsed s |", "|---|---:|---:|---:|---:|"]
    rows = sorted(spent.items(), key=lambda item: -item[1][1] - item[1][2])
    small = [0.0, 0.0, 0.0]
    for name, values in rows:
        if values[1] + values[2] < least:
            small = [a + b for a, b in zip(small, values, strict=True)]
        else:
            lines.append(_row(name, values))
    total = [sum(values[place] for _, values in rows) for place in range(3)]
    return "\n".join([*lines, _row(f"each below {least} s", small), _row("**all**", total)])


def _row(name: str, values: list[float]) -> str:
    return f"| {name} | {values[1] + values[2]:.2f} | {values[1]:.2f} | {values[2]:.2f} | {values[0]:.2f} |"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", type=int)
    parser.add_argument("--least", type=float, default=0.2, help="CPU seconds below which a step is not listed")
    parser.add_argument("--statements", action="store_true", help="also each statement, rule suite and indicator")
    given = parser.parse_args()
    with bench.room() as home:
        data = home / "data"
        bench.generated(given.learners, data)
        server = bench.Server(home / "postgres")
        try:
            url = server.url("steps")
            bench.measured(server, bench.trimestre("migrate"), bench.environment(home, url))
            steps = Steps(server)
            with steps.step("import of Great Expectations and pandas"):
                import great_expectations
                import pandas  # noqa: F401
            imported = steps.spent["import of Great Expectations and pandas"]
            print(f"Import of {great_expectations.__name__} and pandas: {imported[1]:.2f} s CPU.\n")
            instrument(steps)
            for night in generate.NIGHTS:
                bench.deliver(home, data / night)
                spent = run_night(steps, bench.environment(home, url))
                print(f"{given.learners:,} learners, {night}:\n\n{table(grouped(spent), given.least)}\n")
                if given.statements:
                    print(f"{table(spent, given.least)}\n", flush=True)
        finally:
            server.postgres.stop()


if __name__ == "__main__":
    main()
