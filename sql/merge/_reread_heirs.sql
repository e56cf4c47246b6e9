-- An heir of another scope may say something else than the version that it inherits: all givers of the key are
-- forgotten, so that they are read again. Inputs: candidate, held, the target, ops.row_owner, ops.record_seen, gone.
INSERT INTO forgotten (record_id)
SELECT o.record_id
FROM (
    SELECT k.key_hash
    FROM candidate AS k
    INNER JOIN __target__ AS c
        ON
            c.valid_to = 'infinity'
            AND c.source = :source
            AND c.vanished_at IS NULL
            AND (c.dataset <> k.dataset OR c.scope <> k.scope)
            AND __kjoin__
    UNION
    SELECT h.key_hash
    FROM held AS h
    GROUP BY h.key_hash
    HAVING bool_and(h.heir_id IS NULL OR NOT (h.owns OR h.at_home)) AND bool_or(h.heir_id IS NOT NULL)
) AS k
INNER JOIN ops.row_owner AS o ON o.entity = :entity AND k.key_hash = o.key_hash
LEFT JOIN ops.record_seen AS seen ON o.record_id = seen.record_id
LEFT JOIN gone AS g ON o.record_id = g.record_id
WHERE
    g.record_id IS NULL
    -- another source may give the same key; what is new tonight is not remembered yet
    AND coalesce(seen.source = :source, TRUE)
