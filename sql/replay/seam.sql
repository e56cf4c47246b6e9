-- Seam: one row per key that has a kept version up to :at, or one made anew from :at on.
-- outcome: same (nothing changes at :at), new, changed, returned, vanished, or closed (nothing gives it any more).
-- Inputs: the kept versions, the target from :at on.
CREATE TEMPORARY TABLE __seam__ ON COMMIT DROP AS
SELECT
    __eitherkeys__,
    c.valid_to,
    c.dataset,
    c.scope,
    c.record_id,
    __cstaying__,
    (k.valid_from IS NOT NULL AND k.vanished_at IS NULL) AS was_present,
    CASE
        WHEN k.row_hash = c.row_hash AND (k.vanished_at IS NULL) = (c.vanished_at IS NULL) THEN 'same'
        WHEN k.valid_from IS NULL AND c.vanished_at IS NULL THEN 'new'
        WHEN k.valid_from IS NOT NULL AND k.vanished_at IS NULL AND (c.valid_from IS NULL OR c.vanished_at IS NOT NULL)
            THEN 'vanished'
        WHEN c.valid_from IS NULL THEN 'closed'
        WHEN k.vanished_at IS NOT NULL AND c.vanished_at IS NULL THEN 'returned'
        ELSE 'changed'
    END AS outcome
FROM (
    SELECT v.* FROM __kept__ AS v
    WHERE v.valid_to >= :at
) AS k
FULL JOIN (
    SELECT v.* FROM __target__ AS v
    WHERE v.source = :source AND v.valid_from = :at
) AS c
    ON __ckjoin__
