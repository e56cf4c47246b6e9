-- What one account alone carries after the splits links nobody, and is no reason. Inputs: identifier.
DELETE FROM identifier AS i
USING (
    SELECT
        s.kind,
        s.value,
        s.within
    FROM identifier AS s
    GROUP BY s.kind, s.value, s.within
    HAVING count(*) = 1
) AS alone
WHERE i.kind = alone.kind AND i.value = alone.value AND i.within = alone.within
