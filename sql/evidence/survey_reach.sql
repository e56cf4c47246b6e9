-- Evidence: one row per account that could have answered a survey (:survey), as it is reached: those a delivered
-- invitation went to, those present at its event, or those enrolled in its edition; a person counts once. hit = the
-- person completed the survey before it closed; null while nothing of the survey was ever delivered. Where no response
-- belongs to any of them (an anonymous survey) the platform's own note of who completed it decides; without any note
-- nobody knows. With an open link nobody knows who could have answered: its complete responses are told, excluded, as
-- «enlace_abierto».
-- Inputs: shared.participation, shared.presence, shared.described, asof.invitation, survey, question, response,
-- person_link, person.
WITH answered AS (
    SELECT
        r.account_key,
        r.source,
        r.response_id,
        coalesce(k.person_key, r.account_key) AS person_key,
        s.reached_by,
        CASE WHEN r.submitted_at >= CAST('2000-01-01' AS date) THEN r.submitted_at END AS at,
        coalesce(r.submitted_at < s.closes_at, TRUE) AS in_time,
        r.batch_id,
        r.landed_file_id,
        r.position
    FROM asof.response AS r
    INNER JOIN asof.survey AS s ON r.survey = s.survey AND s.vanished_at IS NULL
    LEFT JOIN asof.person_link AS k
        ON r.account_key = k.account_key AND r.source = k.source AND k.person_key <> k.account_key
    WHERE r.survey = :survey AND r.complete AND r.vanished_at IS NULL
),

reached AS (
    SELECT
        i.account_key,
        i.source,
        coalesce(k.person_key, i.account_key) AS person_key,
        CASE WHEN i.sent_at >= CAST('2000-01-01' AS date) THEN i.sent_at END AS at,
        CAST(NULL AS text) AS excluded,
        (i.completed_at IS NOT NULL) AS noted,
        coalesce(i.completed_at < s.closes_at, FALSE) AS noted_in_time,
        i.batch_id,
        i.landed_file_id,
        i.position
    FROM asof.invitation AS i
    INNER JOIN asof.survey AS s ON i.target = s.survey AND s.vanished_at IS NULL AND s.reached_by = 'invitation'
    LEFT JOIN asof.person_link AS k
        ON i.account_key = k.account_key AND i.source = k.source AND k.person_key <> k.account_key
    WHERE i.target_kind = 'survey' AND i.target = :survey AND i.delivered AND i.vanished_at IS NULL
    UNION ALL
    SELECT
        p.account_key,
        p.source,
        p.person_key,
        CAST(p.held_on AS timestamp) AT TIME ZONE :zone AS at,
        p.excluded,
        FALSE AS noted,
        FALSE AS noted_in_time,
        p.batch_id,
        p.landed_file_id,
        p.position
    FROM shared.presence AS p
    INNER JOIN asof.survey AS s ON p.event = s.event AND s.vanished_at IS NULL AND s.reached_by = 'attendance'
    WHERE s.survey = :survey
    UNION ALL
    SELECT
        e.account_key,
        e.source,
        e.person_key,
        coalesce(e.entered_at, e.opens_at) AS at,
        CAST(NULL AS text) AS excluded,
        FALSE AS noted,
        FALSE AS noted_in_time,
        e.batch_id,
        e.landed_file_id,
        e.position
    FROM shared.participation AS e
    INNER JOIN asof.survey AS s ON e.edition = s.edition AND s.vanished_at IS NULL AND s.reached_by = 'enrolment'
    WHERE s.survey = :survey AND e.enrolled
),

matched AS (
    SELECT
        i.account_key,
        i.source,
        i.person_key,
        i.at,
        i.excluded,
        i.batch_id,
        i.landed_file_id,
        i.position,
        coalesce(r.in_time, FALSE) AS answered,
        bool_or(i.noted_in_time) OVER same_person AS noted_in_time,
        bool_or(r.person_key IS NOT NULL) OVER () AS named,
        bool_or(i.noted) OVER () AS any_noted,
        row_number() OVER (
            PARTITION BY i.person_key
            ORDER BY
                (i.excluded IS NULL) DESC,
                i.at ASC NULLS LAST,
                i.source ASC,
                i.landed_file_id ASC,
                i.position ASC,
                i.account_key ASC
        ) AS place
    FROM reached AS i
    LEFT JOIN (
        SELECT
            a.person_key,
            bool_or(a.in_time) AS in_time
        FROM answered AS a
        GROUP BY a.person_key
    ) AS r ON i.person_key = r.person_key
    WINDOW same_person AS (PARTITION BY i.person_key)
),

delivery AS (
    SELECT
        (count(*) > 0) AS delivered,
        coalesce(bool_or(d.complete), FALSE) AS answered
    FROM (
        SELECT FALSE AS complete
        FROM asof.question AS q
        WHERE q.survey = :survey
        UNION ALL
        SELECT (r.complete AND r.vanished_at IS NULL) AS complete
        FROM asof.response AS r
        WHERE r.survey = :survey
    ) AS d
),

told AS (
    SELECT
        CAST(NULL AS text) AS response_id,
        m.account_key,
        m.source,
        m.person_key,
        m.at,
        CASE
            WHEN m.named THEN m.answered
            WHEN m.any_noted THEN m.noted_in_time
            WHEN d.delivered AND NOT d.answered THEN FALSE
        END AS hit,
        coalesce(m.excluded, CASE WHEN m.place > 1 THEN 'otra_cuenta_de_la_persona' END) AS excluded,
        m.batch_id,
        m.landed_file_id,
        m.position
    FROM matched AS m
    CROSS JOIN delivery AS d
    UNION ALL
    SELECT
        a.response_id,
        a.account_key,
        a.source,
        a.person_key,
        a.at,
        CAST(NULL AS boolean) AS hit,
        'enlace_abierto' AS excluded,
        a.batch_id,
        a.landed_file_id,
        a.position
    FROM answered AS a
    WHERE a.reached_by = 'open_link'
)

SELECT
    concat_ws('/', s.survey, t.source, t.account_key, t.response_id) AS evidence_key,
    t.account_key,
    t.at,
    FALSE AS at_estimated,
    s.edition,
    s.event,
    s.survey,
    CAST(NULL AS text) AS module,
    t.source,
    CAST(NULL AS numeric) AS value,
    t.hit,
    t.excluded,
    coalesce(p.sex, 'no_especificado') AS sex,
    coalesce(c.institution, p.institution) AS institution,
    coalesce(c.state, p.state) AS state,
    c.organisation_type,
    t.batch_id,
    t.landed_file_id,
    t.position
FROM told AS t
INNER JOIN asof.survey AS s ON s.survey = :survey AND s.vanished_at IS NULL
LEFT JOIN shared.described AS c ON t.account_key = c.account_key AND t.source = c.source
LEFT JOIN asof.person AS p ON t.person_key = p.person_key
