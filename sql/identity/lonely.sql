-- What one account alone carries after the splits links nobody, and is no reason. Inputs: identifier.
DELETE FROM identifier AS i
USING (
    SELECT
        s.shared,
        s.apart
    FROM identifier AS s
    GROUP BY s.shared, s.apart
    HAVING count(*) = 1
) AS alone
WHERE i.shared = alone.shared AND i.apart = alone.apart
