-- Connected components: every account takes the smallest label among the accounts it shares an identifier with, where
-- these have several. Run until nothing changes: the label is then the number of the smallest account_key of the
-- component.
-- Inputs: label, shared.
WITH smallest AS (
    SELECT
        i.shared,
        min(l.smallest) AS smallest
    FROM shared AS i
    INNER JOIN label AS l ON i.number = l.number
    GROUP BY i.shared
    HAVING min(l.smallest) < max(l.smallest)
),

reached AS (
    SELECT
        i.number,
        min(s.smallest) AS smallest
    FROM shared AS i
    INNER JOIN smallest AS s ON i.shared = s.shared
    GROUP BY i.number
)

UPDATE label AS l
SET smallest = r.smallest
FROM reached AS r
WHERE l.number = r.number AND r.smallest < l.smallest
