-- Sightings: rows of other scopes may say otherwise than the version of a present owner; they are further givers of it.
-- A conflict is what a present record of the same scope says otherwise (the givers of the version's own scope say what
-- it says), and what no two sightings may say differently. Inputs: incoming, holder.
UPDATE incoming AS i
SET
    outcome = CASE
        WHEN s.at_home AND i.at_home THEN 'conflict'
        WHEN i.contradicts AND NOT i.at_home THEN 'conflict'
        ELSE 'repeated'
    END
FROM (
    SELECT DISTINCT
        n.key_hash,
        n.at_home
    FROM incoming AS n
    INNER JOIN holder AS h ON n.staged_id = h.staged_id
    WHERE
        n.outcome = 'changed'
        AND CASE WHEN n.at_home THEN h.same_scope AND h.present ELSE h.owns END
) AS s
WHERE i.key_hash = s.key_hash
