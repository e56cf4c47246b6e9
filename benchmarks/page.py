"""How fast the page is with 200 indicators over 20 quarters: time to the first byte, and to the first paint.

``python benchmarks/page.py`` makes a scratch warehouse in a temporary home and writes the figures set-based: what they
say does not matter here, how many they are does. Each indicator has a total, the three sexes and eight editions in
each quarter; 19 quarters are closed, the last is preliminary. Of several loads of a page the median counts, the first
(which imports and reads the project) is told apart.
"""

import argparse
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import requests
import sqlalchemy as sa
import uvicorn
from sqlalchemy.dialects.postgresql import JSONB

from trimestre.contracts import Project, load_project
from trimestre.contracts.framework import Periods
from trimestre.embedded import EmbeddedPostgres
from trimestre.indicators.definitions import definitions_of
from trimestre.pipeline.plant import Plant
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.migrate import migrate
from trimestre.web.app import create_app
from trimestre.web.visitors import Role, Visitor

HERE = Path(__file__).resolve().parents[1]
LIMIT = 1.0
"""Seconds to the first paint that the page promises."""

CELLS = """
INSERT INTO {table} (
    {owner}, period, indicator, official, {covers} disaggregation, category, attribution, value, n, excluded,
    obs_status, target, percent_of_target, status
)
SELECT
    :owner, :period, i.code, TRUE, {told} p.breakdown, p.category, 'event', (i.nth * 37 + :nth * 11) % 500, 100, 3,
    'normal', 250, 80, CASE WHEN p.breakdown = 'total' THEN 'conforme' END
FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS i (code, nth)
CROSS JOIN (
    SELECT 'total' AS breakdown, 'total' AS category, s.covers FROM unnest(CAST(:spans AS text[])) AS s (covers)
    UNION ALL
    SELECT 'sex', x.category, :period FROM unnest(ARRAY['mujer', 'hombre', 'no_especificado']) AS x (category)
    UNION ALL
    SELECT 'edition', 'ED-' || e.nth, :period FROM generate_series(1, 8) AS e (nth)
) AS p
"""
"""Cells of one quarter for every indicator: its total with the wider spans, three sexes and eight editions."""

CLOSED = """
INSERT INTO results.candidate (
    period, kind, state, vintage, report_state, hash, pins, base, known_at, definitions, forced, findings, explanations,
    project_status, prepared_by, prepared_at, decided_by, decided_at
)
SELECT
    :period, 'close', 'vintage', 1, 'enviada', '', '{}', coalesce(jsonb_object_agg(b.period, b.candidate_id), '{}'),
    now(), :definitions, FALSE, '[]', '{}', '{}', 'a', now(), 'b', now()
FROM results.candidate AS b
RETURNING candidate_id
"""
COMPUTED = """
INSERT INTO results.computation (period, computed_at, known_at, pins, definitions, current)
VALUES (:period, now(), now(), '{}', '', TRUE)
RETURNING computation_id
"""
LOADED = """
INSERT INTO ops.batch (source, state, started_at, merged_at)
SELECT s.code, 'merged', now(), now() + s.nth * interval '1 second'
FROM unnest(CAST(:sources AS text[])) WITH ORDINALITY AS s (code, nth)
"""


def project_of(indicators: int, quarters: int) -> Project:
    """The demo's project with many indicators over many quarters."""
    project = load_project(HERE)
    pattern = project.indicator("L2-01")
    last = f"{2020 + (quarters - 1) // 4}-Q{(quarters - 1) % 4 + 1}"
    many = [
        pattern.model_copy(update={"code": f"{line}-{nth:03d}", "line": line, "illustrative_target": True})
        for nth in range(1, indicators + 1)
        for line in (("L1", "L2")[nth % 2],)
    ]
    periods = Periods(first="2020-Q1", last=last)
    return replace(project, indicators=tuple(many), periods=periods)


def fill(connection: sa.Connection, project: Project) -> None:
    """Every quarter but the last closed, the last computed."""
    codes = [indicator.code for indicator in project.indicators]
    closed = sa.text(CLOSED).bindparams(sa.bindparam("definitions", definitions_of(project), type_=JSONB))
    candidate_cells = CELLS.format(
        table="results.candidate_value", owner="candidate_id", covers="covers,", told="p.covers,"
    )
    computed_cells = CELLS.format(table="results.indicator_value", owner="computation_id", covers="", told="")
    periods = project.periods.all()
    for nth, period in enumerate(periods):
        spans = [str(period)]
        head, cells = sa.text(COMPUTED), computed_cells
        if period != periods[-1]:
            spans += [f"{period.year}-H{(period.quarter + 1) // 2}", str(period.year), "project"]
            head, cells = closed, candidate_cells
        owner = connection.execute(head, {"period": str(period)}).scalar_one()
        known = {"codes": codes, "period": str(period), "nth": nth, "owner": owner, "spans": spans}
        connection.execute(sa.text(cells), known)
    connection.execute(sa.text(LOADED), {"sources": sorted(project.sources)})


@contextmanager
def served(plant: Plant, folder: Path) -> Iterator[str]:
    """The page on a free port; gives its address."""
    app = create_app(
        lambda: nullcontext(plant), lambda: Visitor("a", Role.OP), uploads=folder, written=folder, prefix=""
    )
    with socket.create_server(("127.0.0.1", 0)) as place:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.05)
            yield f"http://127.0.0.1:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def first_bytes(url: str, repeat: int) -> list[float]:
    """Seconds to the first byte of several requests."""
    taken = []
    for _ in range(repeat):
        with requests.get(url, stream=True, timeout=60) as answer:
            answer.raise_for_status()
            taken.append(answer.elapsed.total_seconds())
    return taken


def first_paints(url: str, repeat: int) -> list[float]:
    """Seconds from the navigation to the first painted content in Chromium."""
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for _ in range(repeat):
            tab = browser.new_page()
            tab.goto(url)
            milliseconds = tab.evaluate(
                "new Promise(done => new PerformanceObserver(seen => seen.getEntries()"
                ".filter(entry => entry.name === 'first-contentful-paint').forEach(entry => done(entry.startTime)))"
                ".observe({type: 'paint', buffered: true}))"
            )
            taken.append(milliseconds / 1000)
            tab.close()
        browser.close()
    return taken


def main() -> int:
    """Measure and print; 1 when the first paint takes longer than promised."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--indicators", type=int, default=200)
    asked.add_argument("--quarters", type=int, default=20)
    asked.add_argument("--repeat", type=int, default=5)
    wanted = asked.parse_args()
    home = Path(tempfile.mkdtemp(prefix="trimestre-page-"))
    home.chmod(0o711)
    slowest = 0.0
    try:
        with EmbeddedPostgres.start(home) as server:
            server.ensure_database("warehouse")
            migrate(server.url("warehouse"))
            project = project_of(wanted.indicators, wanted.quarters)
            engine = connect(server.url("warehouse"))
            with transaction(engine) as connection:
                fill(connection, project)
            plant = Plant(engine, project, home, home, b"k" * 32, lambda _: None)
            periods = project.periods.all()
            pages = {
                "board, official": f"/?trimestre={periods[-2]}",
                "board, preliminary": f"/?trimestre={periods[-1]}",
                "indicator": f"/indicador/{project.indicators[0].code}?trimestre={periods[-2]}",
            }
            print(f"{wanted.indicators} indicators, {wanted.quarters} quarters; median of {wanted.repeat}, seconds")
            print("| page | first request | first byte | first paint |\n|---|---:|---:|---:|")
            with served(plant, home) as address:
                for name, path in pages.items():
                    cold, *warm = first_bytes(address + path, wanted.repeat + 1)
                    paint = statistics.median(first_paints(address + path, wanted.repeat))
                    slowest = max(slowest, paint)
                    print(f"| {name} | {cold:.2f} | {statistics.median(warm):.2f} | {paint:.2f} |", flush=True)
            engine.dispose()
    finally:
        shutil.rmtree(home)
    return int(slowest > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
