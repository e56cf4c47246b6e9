-- Evidence: one row per account present at an event; a person counts once an event. hit = the person completed the
-- event's survey before it closed; null while nothing of that survey was ever delivered. An attendance struck from the
-- list no longer counts. Inputs: asof.attendance, event, account, person_link, person, survey, question, response.
WITH present AS (
    SELECT
        a.account_key,
        a.source,
        a.event,
        v.held_on,
        coalesce(k.person_key, a.account_key) AS person_key,
        coalesce(p.sex, 'no_especificado') AS sex,
        coalesce(a.institution, p.institution) AS institution,
        p.state,
        coalesce(a.organisation_type, c.organisation_type) AS organisation_type,
        a.batch_id,
        a.landed_file_id,
        a.position,
        row_number() OVER (
            PARTITION BY a.event, coalesce(k.person_key, a.account_key)
            ORDER BY a.registered_at ASC NULLS LAST, a.account_key ASC
        ) AS place
    FROM asof.attendance AS a
    INNER JOIN asof.event AS v ON a.event = v.event AND v.vanished_at IS NULL
    LEFT JOIN asof.account AS c ON a.account_key = c.account_key AND a.source = c.source
    LEFT JOIN asof.person_link AS k ON a.account_key = k.account_key AND a.source = k.source
    LEFT JOIN asof.person AS p ON k.person_key = p.person_key
    WHERE a.vanished_at IS NULL
),

asked AS (
    SELECT DISTINCT s.event
    FROM asof.survey AS s
    INNER JOIN (
        SELECT q.survey FROM asof.question AS q
        UNION
        SELECT r.survey FROM asof.response AS r
    ) AS d ON s.survey = d.survey
    WHERE s.vanished_at IS NULL
),

answered AS (
    SELECT DISTINCT
        s.event,
        coalesce(k.person_key, r.account_key) AS person_key
    FROM asof.response AS r
    INNER JOIN asof.survey AS s ON r.survey = s.survey AND s.vanished_at IS NULL
    LEFT JOIN asof.person_link AS k ON r.account_key = k.account_key AND r.source = k.source
    WHERE r.complete AND r.vanished_at IS NULL AND coalesce(r.submitted_at < s.closes_at, TRUE)
)

SELECT
    concat_ws('/', p.event, p.source, p.account_key) AS evidence_key,
    p.account_key,
    CAST(p.held_on AS timestamp) AT TIME ZONE :zone AS at,
    FALSE AS at_estimated,
    CAST(NULL AS text) AS edition,
    p.event,
    CAST(NULL AS text) AS survey,
    CAST(NULL AS text) AS module,
    p.source,
    CAST(NULL AS numeric) AS value,
    CASE WHEN q.event IS NOT NULL THEN r.person_key IS NOT NULL END AS hit,
    CASE WHEN p.place > 1 THEN 'otra_cuenta_de_la_persona' END AS excluded,
    p.sex,
    p.institution,
    p.state,
    p.organisation_type,
    p.batch_id,
    p.landed_file_id,
    p.position
FROM present AS p
LEFT JOIN asked AS q ON p.event = q.event
LEFT JOIN answered AS r ON p.event = r.event AND p.person_key = r.person_key
