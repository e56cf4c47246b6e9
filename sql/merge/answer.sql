-- answer: one row per question of a response; free text stays out of the warehouse. Inputs: good.answer.
SELECT
    s.staged_id,
    s.record_no,
    s.account_key,
    s.survey,
    s.response_id,
    s.question,
    coalesce(s.sub_code, '') AS sub_code,
    CASE WHEN coalesce(s.free_text, 'false') <> 'true' THEN s.value END AS value,
    (s.value IS NOT NULL) AS answered
FROM good.answer AS s
