-- Holders: the remembered records, not gone, that give an incoming row's key already. present = the batch holds it too;
-- stays = present, or of another scope than the incoming row (in its own scope the newer record takes its place).
-- A complete scope holds what is not gone, of others present tells it.
-- Inputs: incoming, ops.row_owner, ops.record_seen, gone, ops.scope_delivery, present.
CREATE TEMPORARY TABLE holder ON COMMIT DROP AS
SELECT
    h.staged_id,
    h.key_hash,
    h.record_id,
    (h.record_id = h.owner_id) AS owns,
    (d.complete IS NOT NULL OR r.record_id IS NOT NULL) AS present,
    (seen.dataset = h.dataset AND seen.scope = h.scope) AS same_scope,
    (d.complete IS NOT NULL OR r.record_id IS NOT NULL OR seen.dataset <> h.dataset OR seen.scope <> h.scope) AS stays
FROM (
    SELECT
        i.staged_id,
        i.key_hash,
        i.dataset,
        i.scope,
        i.owner_id,
        i.owner_id AS record_id
    FROM incoming AS i
    WHERE i.outcome IN ('changed', 'unchanged') AND i.owner_id IS NOT NULL
    UNION
    SELECT
        i.staged_id,
        i.key_hash,
        i.dataset,
        i.scope,
        i.owner_id,
        o.record_id
    FROM incoming AS i
    INNER JOIN ops.row_owner AS o ON o.entity = :entity AND i.key_hash = o.key_hash
    WHERE i.outcome IN ('changed', 'unchanged')
) AS h
INNER JOIN ops.record_seen AS seen ON h.record_id = seen.record_id AND seen.source = :source
LEFT JOIN gone AS g ON h.record_id = g.record_id
LEFT JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND seen.dataset = d.dataset AND seen.scope = d.scope
LEFT JOIN present AS r ON h.record_id = r.record_id
WHERE g.record_id IS NULL
