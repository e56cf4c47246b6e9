-- Bookkeeping of current versions whose row came again unchanged: from another record than their owner, or after it
-- was held back. Inputs: incoming.
WITH i AS MATERIALIZED (
    SELECT n.* FROM incoming AS n
    WHERE n.outcome = 'unchanged'
)

UPDATE __target__ AS c
SET
    record_id = CASE WHEN i.owner_stays THEN c.record_id ELSE i.record_id END,
    dataset = CASE WHEN i.owner_stays THEN c.dataset ELSE i.dataset END,
    scope = CASE WHEN i.owner_stays THEN c.scope ELSE i.scope END,
    stale = FALSE
FROM i
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND (
        i.was_stale
        OR (
            NOT i.owner_stays
            AND (
                c.record_id IS DISTINCT FROM i.record_id
                OR c.dataset <> i.dataset
                OR c.scope <> i.scope
            )
        )
    )
    AND __join__
