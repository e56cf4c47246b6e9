-- Retained rows that a replay held back again keep the number by which people name them, and what was erased of their
-- content (which is the same by its hash) stays erased.
-- Inputs: the temporary table retained (as it was before).
UPDATE quarantine.row AS q
SET
    retained_id = b.retained_id,
    fields = b.fields
FROM retained AS b
WHERE
    q.source = :source
    AND q.dataset = b.dataset
    AND q.scope = b.scope
    AND q.entity = b.entity
    AND q.row_hash = b.row_hash
    AND q.rule = b.rule
