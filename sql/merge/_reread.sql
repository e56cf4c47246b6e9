-- Sightings say each their own: whenever a version changes, or another scope gives it from now on, all further givers
-- are forgotten, so that they are read again. Inputs: incoming, holder. Feeds the temporary table forgotten.
INSERT INTO forgotten (record_id)
SELECT h.record_id
FROM holder AS h
INNER JOIN incoming AS i ON h.staged_id = i.staged_id
WHERE
    i.outcome = 'changed'
    OR (i.outcome = 'unchanged' AND NOT i.owner_stays AND NOT i.at_home)
