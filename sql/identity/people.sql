-- The persons that affected accounts belong to or belonged to, as they should be: one row per person with accounts.
-- Sex: the first that is not missing by source order; when sources contradict each other, no_especificado.
-- Inputs: touched (person_key), current.person_link, current.account.
CREATE TEMPORARY TABLE people ON COMMIT DROP AS
WITH members AS (
    SELECT
        t.person_key,
        k.account_key,
        a.sex,
        a.institution,
        a.state,
        coalesce(array_position(CAST(:sources AS text[]), k.source), 1000) AS place
    FROM touched AS t
    INNER JOIN current.person_link AS k ON t.person_key = k.person_key
    LEFT JOIN current.account AS a ON k.account_key = a.account_key AND k.source = a.source
),

facts AS (
    SELECT
        m.person_key,
        count(*) AS accounts,
        count(DISTINCT m.sex) AS sexes,
        (array_agg(m.sex ORDER BY m.place, m.account_key) FILTER (WHERE m.sex IS NOT NULL))[1] AS first_sex,
        (array_agg(m.institution ORDER BY m.place, m.account_key) FILTER (WHERE m.institution IS NOT NULL))[1]
            AS institution,
        (array_agg(m.state ORDER BY m.place, m.account_key) FILTER (WHERE m.state IS NOT NULL))[1] AS state
    FROM members AS m
    GROUP BY m.person_key
),

judged AS (
    SELECT
        f.person_key,
        CASE WHEN f.sexes = 1 THEN f.first_sex ELSE 'no_especificado' END AS sex,
        (f.sexes > 0) AS sex_known,
        (f.sexes > 1) AS sex_conflict,
        f.institution,
        f.state,
        CAST(f.accounts AS integer) AS accounts
    FROM facts AS f
)

SELECT
    j.*,
    sha256(
        convert_to(
            CAST(ROW(j.sex, j.sex_known, j.sex_conflict, j.institution, j.state, j.accounts) AS text), 'UTF8'
        )
    ) AS row_hash
FROM judged AS j
