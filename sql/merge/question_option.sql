-- question_option: one row per answer option of a question. Inputs: good.question_option.
SELECT
    s.staged_id,
    s.record_no,
    s.survey,
    s.question,
    s.code,
    s.label,
    CAST(s.labels AS jsonb) AS labels,
    CAST(s.score AS numeric) AS score,
    coalesce(CAST(s.ordinal AS integer), 0) AS ordinal
FROM good.question_option AS s
