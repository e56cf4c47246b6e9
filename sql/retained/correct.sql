-- What people wrote in place of values: staged rows whose content a decision is about get its fields.
-- Inputs: staging.<entity>, staging.record, quarantine.correction; :decisions = decision_id, dataset, row_hash (hex).
UPDATE __staged__ AS c
SET (__fields__) = (SELECT __nfields__)
FROM (
    SELECT
        s.staged_id,
        jsonb_populate_record(s, d.changes) AS corrected
    FROM __staged__ AS s
    INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND s.record_no = r.record_no
    INNER JOIN (
        SELECT
            k.dataset,
            k.row_hash,
            jsonb_object_agg(w.field, w.value) AS changes
        FROM jsonb_to_recordset(CAST(:decisions AS jsonb)) AS k (decision_id bigint, dataset text, row_hash text)
        INNER JOIN quarantine.correction AS w ON k.decision_id = w.decision_id
        GROUP BY k.decision_id, k.dataset, k.row_hash
    ) AS d
        ON r.dataset = d.dataset AND encode(__contenthash__, 'hex') = d.row_hash
    WHERE s.batch_id = :batch_id
) AS n
WHERE c.batch_id = :batch_id AND c.staged_id = n.staged_id
