-- The persons that affected accounts belong to or belonged to, as they should be: one row per person with accounts.
-- Sex: the first that is not missing by source order; when sources contradict each other, no_especificado. Of what one
-- source says twice the first in the alphabet counts: an order by keys would be another one under another secret key.
-- An institution and a state are known by their reviewed names; what no list knows stays as it was given (a state that
-- no list knows is none, where the project lists states). What no account says, its listed institution does: state and
-- order of government. Each different text is looked up once.
-- Inputs: touched (person_key), current.person_link, current.account, current.alias, current.institution.
CREATE TEMPORARY TABLE people ON COMMIT DROP AS
WITH members AS MATERIALIZED (
    SELECT
        t.person_key,
        k.account_key,
        k.source,
        a.sex,
        a.institution,
        a.state,
        a.order_of_government,
        coalesce(array_position(CAST(:sources AS text[]), k.source), 1000) AS place
    FROM touched AS t
    INNER JOIN current.person_link AS k ON t.person_key = k.person_key
    LEFT JOIN current.account AS a ON k.account_key = a.account_key AND k.source = a.source
),

listed AS (
    SELECT
        n.kind,
        n.name,
        l.code
    FROM (
        SELECT DISTINCT
            'institution' AS kind,
            m.institution AS name
        FROM members AS m
        WHERE m.institution IS NOT NULL
        UNION ALL
        SELECT DISTINCT
            'state' AS kind,
            m.state AS name
        FROM members AS m
        WHERE m.state IS NOT NULL
    ) AS n
    INNER JOIN current.alias AS l ON n.kind = l.kind AND l.alias = warehouse.comparable(n.name)
    WHERE l.vanished_at IS NULL
),

facts AS (
    SELECT
        m.person_key,
        count(*) AS accounts,
        count(DISTINCT m.sex) AS sexes,
        (array_agg(m.sex ORDER BY m.place, m.source, m.sex) FILTER (WHERE m.sex IS NOT NULL))[1] AS first_sex,
        (array_agg(m.source ORDER BY m.place, m.source) FILTER (WHERE m.sex IS NOT NULL))[1] AS sex_source,
        (array_agg(m.institution ORDER BY m.place, m.source, m.institution) FILTER (WHERE m.institution IS NOT NULL))[1]
            AS institution,
        (array_agg(m.state ORDER BY m.place, m.source, m.state) FILTER (WHERE m.state IS NOT NULL))[1] AS state,
        (
            array_agg(m.order_of_government ORDER BY m.place, m.source, m.order_of_government)
            FILTER (WHERE m.order_of_government IS NOT NULL)
        )[1] AS order_of_government
    FROM members AS m
    GROUP BY m.person_key
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
    FROM facts AS f
    LEFT JOIN listed AS i ON i.kind = 'institution' AND f.institution = i.name
    LEFT JOIN listed AS e ON e.kind = 'state' AND f.state = e.name
    LEFT JOIN current.institution AS g ON i.code = g.institution AND g.vanished_at IS NULL
)

SELECT
    j.*,
    sha256(
        convert_to(
            CAST(
                ROW(
                    j.sex, j.sex_known, j.sex_conflict, j.sex_source, j.institution, j.institution_listed, j.state,
                    j.order_of_government, j.accounts
                ) AS text
            ),
            'UTF8'
        )
    ) AS row_hash
FROM judged AS j
