-- One row per answer with its wording, label and score. The wording is that of the question's version in force when
-- the response was first loaded (the earliest version where the question came later), in the response's language.
-- Inputs: asof.answer, question_option; shared.responses; the history of question and response; the attributed rows of
-- responses; quarters.
WITH worded AS (
    SELECT
        v.survey,
        v.question,
        v.sub_code,
        v.type,
        v.text,
        v.texts,
        v.valid_from,
        v.valid_to,
        sum(v.moved) OVER (PARTITION BY v.survey, v.question, v.sub_code ORDER BY v.valid_from) AS wording_version,
        row_number() OVER (PARTITION BY v.survey, v.question, v.sub_code ORDER BY v.valid_from) AS place
    FROM (
        SELECT
            q.*,
            CASE
                WHEN CAST(ROW(q.text, q.texts) AS text) = lag(CAST(ROW(q.text, q.texts) AS text)) OVER same_question
                    THEN 0
                ELSE 1
            END AS moved
        FROM warehouse.question AS q
        WINDOW same_question AS (PARTITION BY q.survey, q.question, q.sub_code ORDER BY q.valid_from)
    ) AS v
),

first_loaded AS (
    SELECT
        r.account_key,
        r.source,
        r.survey,
        r.response_id,
        min(r.valid_from) AS at
    FROM warehouse.response AS r
    GROUP BY r.account_key, r.source, r.survey, r.response_id
),

responded AS (
    SELECT
        r.account_key,
        r.source,
        r.survey,
        r.response_id,
        r.edition,
        r.event,
        r.language,
        r.person_key,
        r.sex,
        CASE WHEN r.sex <> 'no_especificado' THEN r.sex_source END AS sex_source,
        r.at AS submitted_at,
        e.excluded,
        e.period,
        l.at AS loaded_at
    FROM shared.responses AS r
    INNER JOIN responses_by_edition AS e
        ON
            r.account_key = e.account_key
            AND r.source = e.source
            AND r.survey = e.survey
            AND concat_ws('/', r.survey, r.response_id) = e.evidence_key
    LEFT JOIN first_loaded AS l
        ON
            r.account_key = l.account_key
            AND r.source = l.source
            AND r.survey = l.survey
            AND r.response_id = l.response_id
)

SELECT
    w.account_key,
    w.source,
    w.survey,
    w.response_id,
    w.question,
    w.sub_code,
    coalesce(t.texts ->> r.language, t.text) AS wording,
    t.wording_version,
    t.type,
    w.value,
    o.label,
    coalesce(o.labels ->> r.language, o.label) AS label_shown,
    o.score,
    w.answered,
    r.submitted_at,
    (r.excluded IS NULL) AS counted,
    r.excluded,
    r.language,
    r.person_key,
    r.sex,
    r.sex_source,
    r.edition,
    r.event,
    'edition' AS attribution_rule,
    r.period AS attributed_period,
    q.fy_period
FROM asof.answer AS w
INNER JOIN responded AS r
    ON
        w.account_key = r.account_key
        AND w.source = r.source
        AND w.survey = r.survey
        AND w.response_id = r.response_id
LEFT JOIN worded AS t
    ON
        w.survey = t.survey
        AND w.question = t.question
        AND w.sub_code = t.sub_code
        AND (t.valid_from <= r.loaded_at OR t.place = 1)
        AND t.valid_to > r.loaded_at
LEFT JOIN asof.question_option AS o
    ON w.survey = o.survey AND w.question = o.question AND w.value = o.code AND o.vanished_at IS NULL
LEFT JOIN quarters AS q ON r.period = q.period
WHERE w.vanished_at IS NULL
