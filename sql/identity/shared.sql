-- Which accounts share what, in numbers, and the smallest of those that share it: one row per account and identifier.
-- Inputs: identifier, label.
CREATE TEMPORARY TABLE shared ON COMMIT DROP AS
SELECT
    l.number,
    i.kind,
    i.shared,
    i.apart,
    min(l.number) OVER (PARTITION BY i.shared, i.apart) AS smallest
FROM identifier AS i
INNER JOIN label AS l ON i.account_key = l.account_key
