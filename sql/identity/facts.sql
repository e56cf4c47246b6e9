-- What the accounts of the touched persons say: one row per person with accounts. Of what one source says twice the
-- first in the alphabet counts: an order by keys would be another one under another secret key.
-- Inputs: touched (person_key), current.person_link, current.account.
CREATE TEMPORARY TABLE facts ON COMMIT DROP AS
WITH said AS (
    SELECT
        k.person_key,
        k.source,
        count(*) AS accounts,
        min(a.sex) AS sex,
        max(a.sex) AS other_sex,
        min(a.institution) AS institution,
        min(a.state) AS state,
        min(a.order_of_government) AS order_of_government
    FROM touched AS t
    INNER JOIN current.person_link AS k ON t.person_key = k.person_key
    LEFT JOIN current.account AS a ON k.account_key = a.account_key AND k.source = a.source
    GROUP BY k.person_key, k.source
),

placed AS (
    SELECT
        s.*,
        coalesce(array_position(CAST(:sources AS text[]), s.source), 1000) AS place
    FROM said AS s
)

SELECT
    m.person_key,
    sum(m.accounts) AS accounts,
    CASE WHEN min(m.sex) IS NULL THEN 0 WHEN min(m.sex) = max(m.other_sex) THEN 1 ELSE 2 END AS sexes,
    (array_agg(m.sex ORDER BY m.place, m.source) FILTER (WHERE m.sex IS NOT NULL))[1] AS first_sex,
    (array_agg(m.source ORDER BY m.place, m.source) FILTER (WHERE m.sex IS NOT NULL))[1] AS sex_source,
    (array_agg(m.institution ORDER BY m.place, m.source) FILTER (WHERE m.institution IS NOT NULL))[1] AS institution,
    (array_agg(m.state ORDER BY m.place, m.source) FILTER (WHERE m.state IS NOT NULL))[1] AS state,
    (array_agg(m.order_of_government ORDER BY m.place, m.source) FILTER (WHERE m.order_of_government IS NOT NULL))[1]
        AS order_of_government
FROM placed AS m
GROUP BY m.person_key
