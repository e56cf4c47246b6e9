-- What was made anew and holds at :at holds from then on, by the batch that says so. Inputs: the target.
UPDATE __target__ AS c
SET
    valid_from = :at,
    vanished_at = CASE WHEN c.vanished_at IS NOT NULL THEN CAST(:at AS timestamptz) END,
    batch_id = :batch_id
WHERE c.source = :source AND c.valid_from < :at
