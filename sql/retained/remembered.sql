-- Records that a batch of retained rows remembered are no longer held back in what landing compares arrivals with.
-- Inputs: ops.record_seen; :beside = the batch that held them back.
UPDATE ops.scope_delivery AS d
SET
    held_back = greatest(d.held_back - CASE WHEN d.batch_id = :beside THEN n.records ELSE 0 END, 0),
    records = d.records + CASE WHEN d.batch_id = :beside THEN 0 ELSE n.records END
FROM (
    SELECT
        seen.dataset,
        seen.scope,
        count(*) AS records,
        (
            SELECT max(l.batch_id)
            FROM ops.scope_delivery AS l
            INNER JOIN ops.batch AS b ON l.batch_id = b.batch_id AND b.source = :source AND b.state = 'merged'
            WHERE l.dataset = seen.dataset AND l.scope = seen.scope
        ) AS last_batch_id
    FROM ops.record_seen AS seen
    WHERE seen.source = :source AND seen.batch_id = :batch_id
    GROUP BY seen.dataset, seen.scope
) AS n
WHERE d.batch_id = n.last_batch_id AND d.dataset = n.dataset AND d.scope = n.scope
