-- Put the kept versions back: those that reach :at end there, or where what was made anew in their place ends.
-- Bookkeeping is that of the source as it was made anew, like the memory of the door. Inputs: the kept versions, seam.
INSERT INTO __target__ (
    __columns__, valid_to, dataset, scope, record_id, stale
)
SELECT
    __kcolumns__,
    CASE
        WHEN s.outcome = 'same' THEN s.valid_to
        WHEN k.valid_to >= :at THEN CAST(:at AS timestamptz)
        ELSE k.valid_to
    END AS valid_to,
    CASE WHEN s.outcome = 'same' THEN s.dataset ELSE k.dataset END AS dataset,
    CASE WHEN s.outcome = 'same' THEN s.scope ELSE k.scope END AS scope,
    CASE WHEN s.outcome = 'same' THEN s.record_id END AS record_id,
    CASE WHEN s.outcome = 'same' THEN s.stale ELSE k.stale END AS stale
FROM __kept__ AS k
LEFT JOIN __seam__ AS s
    ON k.valid_to >= :at AND __ksjoin__
