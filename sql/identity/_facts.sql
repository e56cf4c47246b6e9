-- What the accounts of the touched persons say: one row per person with accounts. Of what one source says twice the
-- first in the alphabet counts: an order by keys would be another one under another secret key.
-- Inputs: touched (person_key), current.person_link, current.account.
WITH members AS (
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
)

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
