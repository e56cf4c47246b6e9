-- Connected components: every account takes the smallest number among the accounts it shares something with, where
-- these have several. Run until nothing changes: it is then the number of the smallest account_key of the component.
-- Inputs: component, bridge.
WITH smallest AS (
    SELECT
        i.shared,
        i.apart,
        min(c.smallest) AS smallest
    FROM bridge AS i
    INNER JOIN component AS c ON i.number = c.number
    GROUP BY i.shared, i.apart
    HAVING min(c.smallest) < max(c.smallest)
),

reached AS (
    SELECT
        i.number,
        min(s.smallest) AS smallest
    FROM bridge AS i
    INNER JOIN smallest AS s ON i.shared = s.shared AND i.apart = s.apart
    GROUP BY i.number
)

UPDATE component AS c
SET smallest = r.smallest
FROM reached AS r
WHERE c.number = r.number AND r.smallest < c.smallest
