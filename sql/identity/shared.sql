-- Which accounts share what, in numbers: one row per account and identifier that several carry. Inputs: identifier,
-- label.
CREATE TEMPORARY TABLE shared ON COMMIT DROP AS
WITH several AS (
    SELECT
        i.kind,
        i.value,
        i.within,
        row_number() OVER () AS shared
    FROM identifier AS i
    GROUP BY i.kind, i.value, i.within
    HAVING count(*) > 1
)

SELECT
    l.number,
    CAST(s.shared AS integer) AS shared
FROM identifier AS i
INNER JOIN several AS s ON i.kind = s.kind AND i.value = s.value AND i.within = s.within
INNER JOIN label AS l ON i.account_key = l.account_key
