-- Rows whose content people accepted although a rule fails are marked, so that the rule only warns of them.
-- Inputs: staging.<entity>, staging.record; :decisions = dataset, row_hash (hex), rule.
INSERT INTO staging.failed_row (batch_id, entity, staged_id, rule, severity)
SELECT
    :batch_id,
    :entity,
    s.staged_id,
    d.rule,
    'accepted'
FROM __staged__ AS s
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND s.record_no = r.record_no
INNER JOIN jsonb_to_recordset(CAST(:decisions AS jsonb)) AS d (dataset text, row_hash text, rule text)
    ON r.dataset = d.dataset AND encode(__contenthash__, 'hex') = d.row_hash
WHERE s.batch_id = :batch_id
