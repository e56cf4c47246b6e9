"""The contender «raw»: COPY of the files into unlogged text tables and one statement for the figures.

No checks, no history, no door: what it costs to read the files and to count at all. It believes what it reads, so a
repeated, contradictory or impossible record counts, and its figures are wrong by as much.

Run by ``bench.py`` as ``python raw.py URL FOLDER``; prints the figures as JSON.
"""

import json
import sys
from pathlib import Path

import psycopg

BLOCK = 1 << 20

LEARNER = (
    "name", "username", "email", "idnumber", "sex", "institution",
    "m1", "m1_at", "m2", "m2_at", "m3", "m3_at", "m4", "m4_at", "cert", "cert_at",
)  # fmt: skip
RESPONSE = (
    "id", "submitdate", "lastpage", "language", "seed", "token", "startdate", "datestamp", "email",
    "p01", "p02a", "p02b", "p02c", "p02d", "p04", "p06", "p07", "p08", "p10", "p10_other",
)  # fmt: skip

FIGURES = """
WITH person AS (
    SELECT
        coalesce(nullif(idnumber, ''), lower(email)) AS person,
        max(CASE sex WHEN 'Mujer' THEN 'mujer' WHEN 'Hombre' THEN 'hombre' END) AS sex,
        max(institution) AS institution,
        bool_or(m1 = ANY(%(passed)s)) AS m1,
        bool_or(m2 = ANY(%(passed)s)) AS m2,
        bool_or(m3 = ANY(%(passed)s)) AS m3,
        bool_or(m4 = ANY(%(passed)s)) AS m4,
        bool_or(cert = ANY(%(passed)s)) AS cert
    FROM raw_learner
    GROUP BY 1
),

counted AS (
    SELECT
        sex,
        institution,
        grouping(sex) AS any_sex,
        grouping(institution) AS any_institution,
        count(*) AS enrolled,
        count(*) FILTER (WHERE m1 OR m2 OR m3 OR m4 OR cert) AS entered,
        count(*) FILTER (WHERE m1) AS m1,
        count(*) FILTER (WHERE m2) AS m2,
        count(*) FILTER (WHERE m3) AS m3,
        count(*) FILTER (WHERE m4) AS m4,
        count(*) FILTER (WHERE cert) AS cert
    FROM person
    GROUP BY GROUPING SETS ((), (sex), (institution))
)

SELECT f.name, f.value
FROM counted AS c
CROSS JOIN LATERAL (
    VALUES
    ('enrolled', c.enrolled), ('persons', c.enrolled), ('entered', c.entered), ('module/M1', c.m1), ('module/M2', c.m2),
    ('module/M3', c.m3), ('module/M4', c.m4), ('certificates', c.cert), ('certified', c.cert)
) AS f (name, value)
WHERE c.any_sex = 1 AND c.any_institution = 1
UNION ALL
SELECT f.name || '/sex/' || c.sex, f.value
FROM counted AS c
CROSS JOIN LATERAL (
    VALUES
    ('entered', c.entered), ('module/M1', c.m1), ('module/M2', c.m2), ('module/M3', c.m3), ('module/M4', c.m4),
    ('certificates', c.cert), ('certified', c.cert)
) AS f (name, value)
WHERE c.any_sex = 0 AND c.sex IS NOT NULL
UNION ALL
SELECT 'certified/institution/' || c.institution, c.cert
FROM counted AS c
WHERE c.any_institution = 0 AND c.institution <> ''
UNION ALL
SELECT f.name, f.value
FROM (
    SELECT
        count(*) FILTER (WHERE submitdate <> '') AS responses,
        round(avg(CAST(nullif(substr(p01, 2), '') AS integer)) FILTER (WHERE submitdate <> ''), 6) AS mean
    FROM raw_response
) AS r
CROSS JOIN LATERAL (VALUES ('responses', CAST(r.responses AS numeric)), ('mean_p01', r.mean)) AS f (name, value)
"""
PASSED = ["Completed", "Completed (achieved pass grade)", "Completed (set by Dora Docente)"]


def load(connection: psycopg.Connection, table: str, columns: tuple[str, ...], path: Path) -> None:
    """COPY one file as it is into a new table of texts."""
    connection.execute(f"DROP TABLE IF EXISTS {table}")
    connection.execute(f"CREATE UNLOGGED TABLE {table} ({', '.join(f'{column} text' for column in columns)})")
    statement = f"COPY {table} FROM STDIN (FORMAT csv, HEADER true, NULL 'never')"
    with connection.cursor() as cursor, cursor.copy(statement) as copy, path.open("rb") as file:
        while block := file.read(BLOCK):
            copy.write(block)


def main() -> None:
    """Load both files and print the figures."""
    url, folder = sys.argv[1], Path(sys.argv[2])
    with psycopg.connect(url) as connection:
        load(connection, "raw_learner", LEARNER, folder / "avance.csv")
        load(connection, "raw_response", RESPONSE, folder / "encuesta.csv")
        figures = {name: float(value) for name, value in connection.execute(FIGURES, {"passed": PASSED})}
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
