-- alias: one row per reviewed name of an institution, a state or a course, as names are compared. Inputs: good.alias.
SELECT
    s.staged_id,
    s.record_no,
    s.kind,
    s.alias,
    s.code
FROM good.alias AS s
