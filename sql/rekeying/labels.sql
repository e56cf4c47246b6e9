-- What each person is called from when to when: the smallest new key of the accounts it had then. Inputs: member.
CREATE TEMPORARY TABLE label_run ON COMMIT DROP AS
WITH border AS (
    SELECT
        m.person_key,
        m.valid_from AS at
    FROM member AS m
    UNION
    SELECT
        n.person_key,
        n.valid_to AS at
    FROM member AS n
    WHERE n.valid_to <> 'infinity'
),

stretch AS (
    SELECT
        b.person_key,
        b.at,
        coalesce(
            lead(b.at) OVER (PARTITION BY b.person_key ORDER BY b.at), CAST('infinity' AS timestamptz)
        ) AS until
    FROM border AS b
)

SELECT
    s.person_key,
    s.at,
    s.until,
    CAST(min(CAST(m.new_key AS text)) AS uuid) AS label
FROM stretch AS s
INNER JOIN member AS m ON s.person_key = m.person_key AND s.at >= m.valid_from AND s.at < m.valid_to
GROUP BY s.person_key, s.at, s.until
