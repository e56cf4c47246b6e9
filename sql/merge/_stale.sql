-- A key whose newest row is held back has not vanished. Where another remembered record still gives it, that one owns
-- it; else its last good version stays, flagged stale, in the scope that holds the bad row.
-- Inputs: held.
WITH i AS MATERIALIZED (
    SELECT
        h.*,
        row_number() OVER (
            PARTITION BY h.key_hash
            ORDER BY h.owns DESC, (h.at_home AND h.heir_id IS NOT NULL) DESC, h.heir_id ASC NULLS LAST
        ) AS place
    FROM held AS h
)

UPDATE __target__ AS c
SET
    stale = (i.heir_id IS NULL),
    record_id = i.heir_id,
    dataset = i.dataset,
    scope = i.scope
FROM i
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND i.place = 1
    AND __join__
