-- Texts that say a name of an institution or state that the batch touched: one row per text.
-- They are read in the rare night in which a name changed, and each different one is compared once.
-- Inputs: the versions of names and institutions opened or closed at :at, warehouse.attendance, warehouse.account.
INSERT INTO renamed (kind, name)
WITH touched_name AS (
    SELECT
        l.kind,
        l.alias
    FROM warehouse.alias AS l
    WHERE l.kind IN ('institution', 'state') AND (l.valid_from = :at OR l.valid_to = :at)
    UNION
    SELECT
        l.kind,
        l.alias
    FROM warehouse.institution AS i
    INNER JOIN current.alias AS l ON l.kind = 'institution' AND i.institution = l.code
    WHERE i.valid_from = :at OR i.valid_to = :at
)

SELECT
    g.kind,
    g.name
FROM (
    SELECT
        'institution' AS kind,
        t.institution AS name
    FROM warehouse.attendance AS t
    WHERE t.institution IS NOT NULL AND EXISTS (SELECT 1 FROM touched_name)
    UNION
    SELECT
        'institution' AS kind,
        t.institution AS name
    FROM warehouse.account AS t
    WHERE t.institution IS NOT NULL AND EXISTS (SELECT 1 FROM touched_name)
    UNION
    SELECT
        'state' AS kind,
        t.state AS name
    FROM warehouse.account AS t
    WHERE t.state IS NOT NULL AND EXISTS (SELECT 1 FROM touched_name)
) AS g
INNER JOIN touched_name AS n ON g.kind = n.kind AND n.alias = warehouse.comparable(g.name)
