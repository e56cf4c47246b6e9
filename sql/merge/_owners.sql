-- Owners: an unchanged row stays with its owner where that one is present or of another scope.
-- Inputs: incoming, holder.
UPDATE incoming AS i
SET owner_stays = TRUE
FROM holder AS h
WHERE i.outcome = 'unchanged' AND i.staged_id = h.staged_id AND h.owns AND h.stays
