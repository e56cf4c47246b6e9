-- Decisions about retained rows, by the hash by which those are known from now on. Inputs: rehashed, ops.decision.
UPDATE ops.decision AS d
SET subject = d.subject || jsonb_build_object('row_hash', encode(r.new_hash, 'hex'))
FROM rehashed AS r
WHERE
    d.kind IN ('accept_row', 'correct_row')
    AND d.subject ->> 'source' = r.source
    AND d.subject ->> 'dataset' = r.dataset
    AND d.subject ->> 'entity' = r.entity
    AND d.subject ->> 'row_hash' = encode(r.old_hash, 'hex')
