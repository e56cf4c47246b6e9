-- Candidates for vanishing: current rows of completely delivered scopes whose owner is gone (or not remembered) and
-- whose key no row of this batch carries, retained rows included, those that the project does not count left out.
-- Owners first, the anti-join last: after it the planner expects one row. Inputs: the target, gone, staging.<entity>.
CREATE TEMPORARY TABLE candidate ON COMMIT DROP AS
WITH ownerless AS (
    SELECT c.* FROM __target__ AS c
    INNER JOIN gone AS g ON c.record_id = g.record_id
    WHERE c.valid_to = 'infinity' AND c.source = :source AND c.vanished_at IS NULL
    UNION ALL
    SELECT c.* FROM __target__ AS c
    WHERE c.valid_to = 'infinity' AND c.source = :source AND c.vanished_at IS NULL AND c.record_id IS NULL
)

SELECT
    __ckeys__,
    c.source,
    c.dataset,
    c.scope,
    sha256(convert_to(CAST(ROW(__ckeys__) AS text), 'UTF8')) AS key_hash
FROM ownerless AS c
INNER JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND c.dataset = d.dataset AND c.scope = d.scope
LEFT JOIN (
    SELECT s.* FROM __staged__ AS s
    WHERE s.batch_id = :batch_id AND s.out_of_scope IS NULL
) AS i
    ON __join__
WHERE i.staged_id IS NULL
