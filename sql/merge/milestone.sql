-- milestone: one row per stage of a milestone indicator. Inputs: good.milestone.
SELECT
    s.staged_id,
    s.record_no,
    s.indicator,
    s.stage,
    s.name
FROM good.milestone AS s
