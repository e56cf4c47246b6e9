-- course: one row per course of the framework. Inputs: good.course.
SELECT
    s.staged_id,
    s.record_no,
    s.course,
    s.name,
    s.aliases,
    s.line
FROM good.course AS s
