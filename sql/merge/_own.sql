-- Bookkeeping of current versions whose row came again unchanged from another record than their owner.
-- Inputs: incoming.
UPDATE __target__ AS c
SET
    record_id = i.record_id,
    dataset = i.dataset,
    scope = i.scope,
    stale = FALSE
FROM incoming AS i
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND i.outcome = 'unchanged'
    AND NOT i.owner_present
    AND (i.owner_id IS DISTINCT FROM i.record_id OR i.was_stale)
    AND __join__
