-- Evidence: one row per response with the score of one question (:survey, :question, :sub_code).
-- value = the score in force of the option answered; a response that skipped the question is excluded. Of several
-- complete responses of one account before the close the survey says which count: the first, the last or all.
-- The sex answered counts where no source tells the person's; a contradiction is no_especificado, as everywhere.
-- Inputs: asof.response, answer, survey, question_option, person_link, person.
WITH dated AS (
    SELECT
        r.account_key,
        r.source,
        r.survey,
        r.response_id,
        r.complete,
        r.sex,
        r.batch_id,
        r.landed_file_id,
        r.position,
        s.edition,
        s.event,
        s.repeated,
        CASE WHEN r.submitted_at >= CAST('2000-01-01' AS date) THEN r.submitted_at END AS at,
        (r.complete AND coalesce(r.submitted_at < s.closes_at, TRUE)) AS competes
    FROM asof.response AS r
    INNER JOIN asof.survey AS s ON r.survey = s.survey AND s.vanished_at IS NULL
    WHERE r.survey = :survey AND r.vanished_at IS NULL
),

responded AS (
    SELECT
        d.*,
        CASE
            WHEN NOT d.competes OR d.repeated = 'all' THEN 1
            WHEN d.repeated = 'first'
                THEN row_number() OVER (
                    PARTITION BY d.account_key, d.source, d.competes
                    ORDER BY d.at ASC NULLS LAST, length(d.response_id) ASC, d.response_id ASC
                )
            ELSE
                row_number() OVER (
                    PARTITION BY d.account_key, d.source, d.competes
                    ORDER BY d.at DESC NULLS LAST, length(d.response_id) DESC, d.response_id DESC
                )
        END AS turn
    FROM dated AS d
)

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
    CAST(NULL AS boolean) AS hit,
    CASE
        WHEN NOT r.complete THEN 'respuesta_incompleta'
        WHEN r.turn > 1 THEN 'respuesta_repetida'
        WHEN o.score IS NULL THEN 'sin_respuesta'
    END AS excluded,
    CASE
        WHEN p.sex <> 'no_especificado' THEN p.sex
        WHEN p.sex_conflict OR min(r.sex) OVER same_person <> max(r.sex) OVER same_person THEN 'no_especificado'
        WHEN r.sex IN ('mujer', 'hombre', 'no_binario', 'otro') THEN r.sex
        ELSE 'no_especificado'
    END AS sex,
    p.institution,
    p.state,
    CAST(NULL AS text) AS organisation_type,
    coalesce(w.batch_id, r.batch_id) AS batch_id,
    coalesce(w.landed_file_id, r.landed_file_id) AS landed_file_id,
    coalesce(w.position, r.position) AS position
FROM responded AS r
LEFT JOIN asof.answer AS w
    ON
        r.account_key = w.account_key
        AND r.source = w.source
        AND r.survey = w.survey
        AND r.response_id = w.response_id
        AND w.question = :question
        AND w.sub_code = :sub_code
        AND w.vanished_at IS NULL
LEFT JOIN asof.question_option AS o
    ON r.survey = o.survey AND o.question = :question AND w.value = o.code AND o.vanished_at IS NULL
LEFT JOIN asof.person_link AS k ON r.account_key = k.account_key AND r.source = k.source
LEFT JOIN asof.person AS p ON k.person_key = p.person_key
WINDOW same_person AS (PARTITION BY coalesce(k.person_key, r.account_key))
