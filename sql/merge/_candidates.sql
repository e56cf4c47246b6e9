-- Candidates for vanishing: current rows of completely delivered scopes whose owner is gone (or not remembered) and
-- whose key no row of this batch carries, retained rows included. Inputs: the target, gone, staging.<entity>.
CREATE TEMPORARY TABLE candidate ON COMMIT DROP AS
SELECT
    __ckeys__,
    c.source,
    sha256(convert_to(CAST(ROW(__ckeys__) AS text), 'UTF8')) AS key_hash
FROM __target__ AS c
INNER JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND c.dataset = d.dataset AND c.scope = d.scope
LEFT JOIN gone AS g ON c.record_id = g.record_id
LEFT JOIN (
    SELECT s.* FROM __staged__ AS s
    WHERE s.batch_id = :batch_id
) AS i
    ON __join__
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND c.vanished_at IS NULL
    AND (c.record_id IS NULL OR g.record_id IS NOT NULL)
    AND i.staged_id IS NULL
