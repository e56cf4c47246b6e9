-- Close the current versions that incoming rows replace; the number of those that had not vanished. Inputs: incoming.
WITH i AS MATERIALIZED (
    SELECT n.* FROM incoming AS n
    WHERE n.outcome IN ('changed', 'returned')
),

closed AS (
    UPDATE __target__ AS c
    SET valid_to = :at
    FROM i
    WHERE
        c.valid_to = 'infinity'
        AND c.source = :source
        AND __join__
    RETURNING c.vanished_at
)

SELECT count(*) AS closed
FROM closed AS k
WHERE k.vanished_at IS NULL
