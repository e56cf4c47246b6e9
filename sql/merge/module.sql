-- module: one row per module of a course. Inputs: good.module.
SELECT
    s.staged_id,
    s.record_no,
    s.course,
    s.module,
    s.name,
    CAST(s.ordinal AS integer) AS ordinal
FROM good.module AS s
