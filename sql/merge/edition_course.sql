-- edition_course: one row per source course that carries an edition or a part of it. Inputs: good.edition_course.
SELECT
    s.staged_id,
    s.record_no,
    s.edition,
    s.delivered_by,
    s.source_course,
    CAST(s.activities AS jsonb) AS activities
FROM good.edition_course AS s
