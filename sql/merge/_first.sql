-- Sightings of a batch: the row of the scope that the current version is of goes before rows of others, else the first.
-- Inputs: incoming.
UPDATE incoming AS i
SET outcome = CASE WHEN f.place = 1 THEN i.judged ELSE 'repeated' END
FROM (
    SELECT
        n.staged_id,
        row_number() OVER (PARTITION BY n.key_hash ORDER BY n.at_home DESC, n.record_no ASC, n.staged_id ASC) AS place
    FROM incoming AS n
    INNER JOIN (
        SELECT DISTINCT m.key_hash
        FROM incoming AS m
        WHERE m.at_home AND m.copy > 1
    ) AS m ON n.key_hash = m.key_hash
) AS f
WHERE i.staged_id = f.staged_id
