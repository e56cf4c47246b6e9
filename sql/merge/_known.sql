-- An incomplete scope also keeps what was remembered of it before: its records are these and the delivered ones, of
-- which the unchanged are remembered and the parsed are not. Landing compares the number with what is remembered or
-- held back. Inputs: staging.record, ops.record_seen before anything is forgotten.
UPDATE ops.scope_delivery AS d
SET
    records = (
        SELECT count(*)
        FROM ops.record_seen AS seen
        WHERE seen.source = :source AND seen.dataset = d.dataset AND seen.scope = d.scope
    ) + (
        SELECT count(*)
        FROM staging.record AS r
        WHERE r.batch_id = :batch_id AND r.dataset = d.dataset AND r.scope = d.scope AND r.status = 'parsed'
    )
WHERE d.batch_id = :batch_id AND NOT d.complete
