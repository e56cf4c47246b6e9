-- Records that lost a row to a newer one of their scope: where they come back, they must be read again. Those of other
-- scopes stay further givers: else two files would take the row from each other night by night.
-- Inputs: incoming, holder. Feeds the temporary table forgotten.
INSERT INTO forgotten (record_id)
SELECT h.record_id
FROM holder AS h
INNER JOIN incoming AS i ON h.staged_id = i.staged_id
WHERE
    (i.outcome = 'changed' AND NOT h.stays)
    OR (i.outcome = 'unchanged' AND h.owns AND NOT h.stays)
