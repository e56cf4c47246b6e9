-- Rows in conflict with a present record about the same key fail the rule clave_en_conflicto. Inputs: incoming.
INSERT INTO staging.failed_row (batch_id, entity, staged_id, rule, severity)
SELECT
    :batch_id,
    :entity,
    i.staged_id,
    'clave_en_conflicto',
    'critical'
FROM incoming AS i
WHERE i.outcome = 'conflict'
