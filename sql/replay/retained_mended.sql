-- Retained rows that a replay did not hold back again: accepted and corrected ones stay so, open ones are mended.
-- Inputs: the temporary table retained (as it was before).
INSERT INTO quarantine.row (
    source, dataset, scope, entity, record_hash, row_hash, rule, fields, landed_file_id, position,
    first_batch_id, last_batch_id, state, retained_id, decision_id
)
SELECT
    b.source,
    b.dataset,
    b.scope,
    b.entity,
    b.record_hash,
    b.row_hash,
    b.rule,
    b.fields,
    b.landed_file_id,
    b.position,
    b.first_batch_id,
    b.last_batch_id,
    CASE WHEN b.state = 'open' THEN 'mended_at_source' ELSE b.state END AS state,
    b.retained_id,
    b.decision_id
FROM retained AS b
WHERE b.source = :source
ON CONFLICT (source, dataset, scope, entity, row_hash, rule) DO NOTHING
