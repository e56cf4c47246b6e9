"""The contender «dlt + dbt»: dlt merges both files into PostgreSQL by key, dbt builds and tests what is counted.

As the documentation of both recommends: Arrow tables loaded as CSV, ``write_disposition="merge"`` with a primary key,
incremental models with ``unique_key``, snapshots for the history, generic tests. ``--filtered`` puts an expert's filter
before it: a record that was the same the night before is not loaded again.

Run by ``bench.py`` as ``python dlt_dbt.py URL FOLDER WORK [--filtered]``; prints the figures as JSON.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
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


def tables(path: Path, names: tuple[str, ...], seen: Path | None) -> Iterator:
    """The file as Arrow tables of texts; with ``seen``, without the records that stand there."""
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
    known = pq.read_table(seen)["record"].combine_chunks() if seen and seen.exists() else None
    met = []
    for batch in reader:
        table = pa.Table.from_batches([batch])
        if seen:
            record = pc.binary_join_element_wise(*table.columns, "\x1f").combine_chunks()
            met.append(record)
            if known is not None:
                table = table.filter(pc.invert(pc.is_in(record, value_set=known)))
        if table.num_rows:
            yield table
    if seen:
        pq.write_table(pa.table({"record": pa.chunked_array(met)}), seen)


def load(url: str, folder: Path, work: Path, *, filtered: bool) -> None:
    """dlt: both files into the schema ``landed``."""
    import dlt

    resources = [
        dlt.resource(
            tables(folder / FILES[name], NAMES[name], work / f"{name}.parquet" if filtered else None),
            name=name,
            write_disposition="merge",
            primary_key=KEYS[name],
        )
        for name in FILES
    ]
    pipeline = dlt.pipeline(
        "peers",
        destination=dlt.destinations.postgres(url),
        dataset_name="landed",
        pipelines_dir=str(work / "dlt"),
    )
    pipeline.run(resources, loader_file_format="csv").raise_on_failed_jobs()


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
        load(url, folder, work, filtered="--filtered" in sys.argv)
        build(url, work)
    import psycopg

    with psycopg.connect(url) as connection:
        figures = {name: float(value) for name, value in connection.execute("SELECT name, value FROM built.figures")}
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
