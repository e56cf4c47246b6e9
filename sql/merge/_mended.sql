-- A retained row of a completely delivered scope that this batch did not retain again was mended at the source.
-- Inputs: quarantine.row, ops.scope_delivery.
UPDATE quarantine.row AS q
SET state = 'mended_at_source'
FROM ops.scope_delivery AS d
WHERE
    d.batch_id = :batch_id
    AND d.complete
    AND q.source = :source
    AND q.dataset = d.dataset
    AND q.scope = d.scope
    AND q.state = 'open'
    AND q.last_batch_id <> :batch_id
