-- A candidate that another remembered, present record gives as well is inherited by that record, one of its own scope
-- first.
-- Inputs: candidate, ops.row_owner, ops.record_seen, gone.
WITH i AS MATERIALIZED (
    SELECT DISTINCT ON (k.key_hash)
        __kkeys__,
        seen.record_id,
        seen.dataset,
        seen.scope
    FROM candidate AS k
    INNER JOIN ops.row_owner AS o ON o.entity = :entity AND k.key_hash = o.key_hash
    INNER JOIN ops.record_seen AS seen ON o.record_id = seen.record_id AND seen.source = :source
    LEFT JOIN gone AS g ON seen.record_id = g.record_id
    WHERE g.record_id IS NULL
    ORDER BY k.key_hash ASC, (seen.dataset = k.dataset AND seen.scope = k.scope) DESC, seen.record_id ASC
)

UPDATE __target__ AS c
SET
    record_id = i.record_id,
    dataset = i.dataset,
    scope = i.scope,
    stale = FALSE
FROM i
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND __join__
