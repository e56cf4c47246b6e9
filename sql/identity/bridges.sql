-- What is shared by somebody who shares something else, too: one row per account and such thing. Accounts that share
-- one thing only, and with nobody else of more, are a whole component already.
-- Inputs: shared, component.
CREATE TEMPORARY TABLE bridge ON COMMIT DROP AS
SELECT
    i.number,
    i.shared,
    i.apart
FROM shared AS i
INNER JOIN (
    SELECT DISTINCT
        m.shared,
        m.apart
    FROM component AS c
    INNER JOIN shared AS m ON c.number = m.number
    WHERE c.shares > 1
) AS s ON i.shared = s.shared AND i.apart = s.apart
