-- Disputes: a changed row of which a present record says otherwise is a conflict, and so are all
-- rows of the batch with its key. Times of which the merge takes the best are no dispute. Inputs: incoming, holder.
UPDATE incoming AS i
SET outcome = 'conflict'
FROM (
    SELECT DISTINCT h.key_hash
    FROM holder AS h
    INNER JOIN incoming AS n ON h.staged_id = n.staged_id
    WHERE h.present AND n.outcome = 'changed' AND n.contested
) AS d
WHERE i.key_hash = d.key_hash
