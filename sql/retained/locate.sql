-- The staged rows that retained rows are of: one row each. Inputs: staging.<entity>, staging.record;
-- :retained = retained_id, dataset, scope, row_hash (hex).
SELECT
    d.retained_id,
    s.staged_id
FROM __staged__ AS s
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND s.record_no = r.record_no
INNER JOIN
    jsonb_to_recordset(CAST(:retained AS jsonb))
        AS d (retained_id bigint, dataset text, scope text, row_hash text)
    ON r.dataset = d.dataset AND r.scope = d.scope AND encode(__contenthash__, 'hex') = d.row_hash
WHERE s.batch_id = :batch_id
