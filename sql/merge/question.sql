-- question: one row per question or sub-question of a survey. Inputs: good.question.
SELECT
    s.staged_id,
    s.record_no,
    s.survey,
    s.question,
    coalesce(s.sub_code, '') AS sub_code,
    s.type,
    coalesce(CAST(s.ordinal AS integer), 0) AS ordinal,
    s.text,
    CAST(s.texts AS jsonb) AS texts,
    coalesce(s.free_text = 'true', FALSE) AS free_text
FROM good.question AS s
