"""The contender «dlt + dbt»: dlt merges both files into PostgreSQL by key, dbt builds and tests what is counted.

As the documentation of both shows: the source ``filesystem`` with ``read_csv``, ``write_disposition="merge"`` with a
primary key, incremental models with ``unique_key``, snapshots for the history, generic tests. ``--expert`` is what a
seasoned user would make of the loading: Arrow tables loaded as CSV, and a filter before them, so that a record that was
the same the night before is not loaded again.

Run by ``bench.py`` as ``python dlt_dbt.py URL FOLDER WORK [--expert]``; prints the figures as JSON.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
NAMES = {
    "learner": (
        "name", "username", "email", "idnumber", "sex", "institution",
        "m1", "m1_at", "m2", "m2_at", "m3", "m3_at", "m4", "m4_at", "cert", "cert_at",
    ),
    "response": (
        "id", "submitdate", "lastpage", "language", "seed", "token", "startdate", "datestamp", "email",
        "p01", "p02a", "p02b", "p02c", "p02d", "p04", "p06", "p07", "p08", "p10", "p10_other",
    ),
}  # fmt: skip
FILES = {"learner": "avance.csv", "response": "encuesta.csv"}
KEYS = {"learner": ["username", "email"], "response": ["id"]}


def shown(folder: Path, name: str) -> Any:
    """The file as the documentation reads it."""
    from dlt.sources.filesystem import filesystem, read_csv

    reading = read_csv(dtype=str, keep_default_na=False, names=NAMES[name], header=0, encoding="utf-8-sig")
    return filesystem(bucket_url=folder.as_uri(), file_glob=FILES[name]) | reading


def changed_tables(path: Path, names: tuple[str, ...], seen: Path) -> Iterator:
    """The file as Arrow tables of texts, without the records that stand in ``seen``, which becomes tonight's."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.parquet as pq

    reader = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(column_names=list(names), skip_rows=1, block_size=8 << 20),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types={name: pa.string() for name in names}),
    )
    known = pq.read_table(seen)["record"].combine_chunks() if seen.exists() else None
    met = []
    for batch in reader:
        table = pa.Table.from_batches([batch])
        record = pc.binary_join_element_wise(*table.columns, "\x1f").combine_chunks()
        met.append(record)
        if known is not None:
            table = table.filter(pc.invert(pc.is_in(record, value_set=known)))
        if table.num_rows:
            yield table
    pq.write_table(pa.table({"record": pa.chunked_array(met)}), seen)


def load(url: str, folder: Path, work: Path, *, expert: bool) -> None:
    """dlt: both files into the schema ``landed``."""
    import dlt

    resources = [
        (
            dlt.resource(changed_tables(folder / FILES[name], NAMES[name], work / f"{name}.parquet"))
            if expert
            else shown(folder, name)
        )
        .with_name(name)
        .apply_hints(
            table_name=name,
            write_disposition="merge",
            primary_key=KEYS[name],
            columns={column: {"data_type": "text"} for column in NAMES[name]},  # dates that are none arrive too
        )
        for name in FILES
    ]
    pipeline = dlt.pipeline(
        "peers",
        destination=dlt.destinations.postgres(url),
        dataset_name="landed",
        pipelines_dir=str(work / "dlt"),
    )
    pipeline.run(resources, loader_file_format="csv" if expert else None).raise_on_failed_jobs()


def build(url: str, work: Path) -> None:
    """dbt: snapshot, models and tests; a test that fails is told and stops nothing (severity: warn)."""
    from dbt.cli.main import dbtRunner

    parts = urlsplit(url)
    os.environ |= {
        "PEERS_HOST": parts.hostname or "", "PEERS_PORT": str(parts.port), "PEERS_USER": parts.username or "",
        "PEERS_PASSWORD": parts.password or "", "PEERS_DATABASE": parts.path.strip("/"),
    }  # fmt: skip
    result = dbtRunner().invoke(
        [
            "build", "--project-dir", str(HERE / "dbt"), "--profiles-dir", str(HERE / "dbt"), "--threads", "2",
            "--target-path", str(work / "target"), "--log-path", str(work / "logs"), "--quiet",
            "--no-send-anonymous-usage-stats", "--no-version-check",
        ]
    )  # fmt: skip
    if not result.success:
        raise SystemExit(f"dbt build: found a failure, expected none. {result.exception or 'See its log.'}")


def main() -> None:
    """Load, build, print the figures."""
    url, folder, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    work.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "DLT_DATA_DIR": str(work / "dlt-data"),
        "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",  # what the incremental models go by
    }
    logging.disable(logging.WARNING)
    with redirect_stdout(sys.stderr):
        load(url, folder, work, expert="--expert" in sys.argv)
        build(url, work)
    import psycopg

    with psycopg.connect(url) as connection:
        figures = {name: float(value) for name, value in connection.execute("SELECT name, value FROM built.figures")}
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
