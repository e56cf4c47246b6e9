-- Persons as they should be: one row per person with accounts.
-- Sex: the first that is not missing by source order; when sources contradict each other, no_especificado.
-- An institution and a state are known by their reviewed names; what no list knows stays as it was given (a state that
-- no list knows is none, where the project lists states). What no account says, its listed institution does: state and
-- order of government. Each different text is looked up once.
-- Inputs: __facts__ (facts.sql or _facts_alone.sql), current.alias, current.institution, current.state.
WITH listed AS (
    SELECT
        n.kind,
        n.name,
        l.code
    FROM (
        SELECT DISTINCT
            'institution' AS kind,
            f.institution AS name
        FROM __facts__ AS f
        WHERE f.institution IS NOT NULL
        UNION ALL
        SELECT DISTINCT
            'state' AS kind,
            f.state AS name
        FROM __facts__ AS f
        WHERE f.state IS NOT NULL
    ) AS n
    INNER JOIN current.alias AS l ON n.kind = l.kind AND l.alias = warehouse.comparable(n.name)
    WHERE l.vanished_at IS NULL
),

judged AS (
    SELECT
        f.person_key,
        CASE WHEN f.sexes = 1 THEN f.first_sex ELSE 'no_especificado' END AS sex,
        (f.sexes > 0) AS sex_known,
        (f.sexes > 1) AS sex_conflict,
        CASE WHEN f.sexes = 1 THEN f.sex_source END AS sex_source,
        coalesce(i.code, f.institution) AS institution,
        (i.code IS NOT NULL) AS institution_listed,
        coalesce(CASE WHEN NOT EXISTS (SELECT 1 FROM current.state) THEN f.state ELSE e.code END, g.state) AS state,
        coalesce(f.order_of_government, g.order_of_government) AS order_of_government,
        CAST(f.accounts AS integer) AS accounts
    FROM __facts__ AS f
    LEFT JOIN listed AS i ON i.kind = 'institution' AND f.institution = i.name
    LEFT JOIN listed AS e ON e.kind = 'state' AND f.state = e.name
    LEFT JOIN current.institution AS g ON i.code = g.institution AND g.vanished_at IS NULL
)

SELECT
    j.*,
    int8send(
        hash_record_extended(
            ROW(
                j.sex, j.sex_known, j.sex_conflict, j.sex_source, j.institution, j.institution_listed, j.state,
                j.order_of_government, j.accounts
            ),
            0
        )
    ) AS row_hash
FROM judged AS j
