-- What the accounts of the touched persons say: one row per person with accounts. Of several sources the first in the
-- project's order counts: its place among those there are is written before the value, in four digits. Of what one
-- source says twice the first in the alphabet counts: an order by keys would be another one under another secret key.
-- Inputs: link (all accounts of a person that has any there), current.account.
CREATE TEMPORARY TABLE facts ON COMMIT DROP AS
WITH placed AS (
    SELECT
        array_agg(
            d.source ORDER BY coalesce(array_position(CAST(:sources AS text[]), d.source), 1000), d.source
        ) AS sources
    FROM (SELECT DISTINCT k.source FROM link AS k) AS d
),

said AS MATERIALIZED (
    SELECT
        k.person_key,
        lpad(CAST(array_position((SELECT p.sources FROM placed AS p), k.source) AS text), 4, '0') AS place,
        a.sex,
        a.institution,
        a.state,
        a.order_of_government
    FROM link AS k
    LEFT JOIN current.account AS a ON k.account_key = a.account_key AND k.source = a.source
),

first AS (
    SELECT
        s.person_key,
        count(*) AS accounts,
        CASE WHEN min(s.sex) IS NULL THEN 0 WHEN min(s.sex) = max(s.sex) THEN 1 ELSE 2 END AS sexes,
        min(s.place || s.sex) AS sex,
        min(s.place || s.institution) AS institution,
        min(s.place || s.state) AS state,
        min(s.place || s.order_of_government) AS order_of_government
    FROM said AS s
    GROUP BY s.person_key
)

SELECT
    f.person_key,
    f.accounts,
    f.sexes,
    substr(f.sex, 5) AS first_sex,
    (SELECT p.sources[CAST(left(f.sex, 4) AS integer)] FROM placed AS p) AS sex_source,
    substr(f.institution, 5) AS institution,
    substr(f.state, 5) AS state,
    substr(f.order_of_government, 5) AS order_of_government
FROM first AS f
