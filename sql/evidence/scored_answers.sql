-- Evidence: one row per response with the score of one question (:survey, :question, :sub_code).
-- value = the score in force of the option answered, hit = it is one of the two highest scores that the question has;
-- a response that skipped the question is excluded. Of several
-- complete responses of one account before the close the survey says which count: the first, the last or all.
-- The sex answered counts where no source tells the person's; a contradiction is no_especificado, as everywhere.
-- Inputs: shared.responses, asof.answer, question_option.
SELECT
    concat_ws('/', r.survey, r.response_id, :question, :sub_code) AS evidence_key,
    r.account_key,
    r.at,
    FALSE AS at_estimated,
    r.edition,
    r.event,
    r.survey,
    CAST(NULL AS text) AS module,
    r.source,
    o.score AS value,
    (o.place <= 2) AS hit,
    CASE
        WHEN NOT r.complete THEN 'respuesta_incompleta'
        WHEN r.turn > 1 THEN 'respuesta_repetida'
        WHEN o.score IS NULL THEN 'sin_respuesta'
    END AS excluded,
    r.sex,
    r.institution,
    r.state,
    CAST(NULL AS text) AS organisation_type,
    coalesce(w.batch_id, r.batch_id) AS batch_id,
    coalesce(w.landed_file_id, r.landed_file_id) AS landed_file_id,
    coalesce(w.position, r.position) AS position
FROM shared.responses AS r
LEFT JOIN asof.answer AS w
    ON
        r.account_key = w.account_key
        AND r.source = w.source
        AND r.survey = w.survey
        AND r.response_id = w.response_id
        AND w.question = :question
        AND w.sub_code = :sub_code
        AND w.vanished_at IS NULL
LEFT JOIN (
    SELECT
        p.code,
        p.score,
        dense_rank() OVER (ORDER BY p.score DESC NULLS LAST) AS place
    FROM asof.question_option AS p
    WHERE p.survey = :survey AND p.question = :question AND p.vanished_at IS NULL
) AS o ON w.value = o.code
WHERE r.survey = :survey
