-- Evidence: one row per account present at an event; a person counts once an event. hit = the person completed the
-- event's survey before it closed; null while nothing of that survey was ever delivered, and where nobody knows who
-- answered: it was reached by an open link, or no response belongs to anybody present (an anonymous survey).
-- Inputs: shared.presence, asof.survey, question, response, person_link.
WITH present AS (
    SELECT
        s.account_key,
        s.source,
        s.event,
        s.held_on,
        s.person_key,
        s.excluded,
        s.sex,
        s.institution,
        s.state,
        s.organisation_type,
        s.batch_id,
        s.landed_file_id,
        s.position
    FROM shared.presence AS s
),

asked AS (
    SELECT DISTINCT s.event
    FROM asof.survey AS s
    INNER JOIN (
        SELECT q.survey FROM asof.question AS q
        UNION
        SELECT r.survey FROM asof.response AS r
    ) AS d ON s.survey = d.survey
    WHERE s.vanished_at IS NULL AND s.reached_by <> 'open_link'
),

answered AS (
    SELECT
        s.event,
        coalesce(k.person_key, r.account_key) AS person_key,
        bool_or(coalesce(r.submitted_at < s.closes_at, TRUE)) AS in_time
    FROM asof.response AS r
    INNER JOIN asof.survey AS s ON r.survey = s.survey AND s.vanished_at IS NULL AND s.reached_by <> 'open_link'
    LEFT JOIN asof.person_link AS k ON r.account_key = k.account_key AND r.source = k.source
    WHERE r.complete AND r.vanished_at IS NULL
    GROUP BY s.event, coalesce(k.person_key, r.account_key)
),

-- Events of which somebody answered, and whether anybody of those present is known to have.
told AS (
    SELECT
        a.event,
        bool_or(p.person_key IS NOT NULL) AS named
    FROM answered AS a
    LEFT JOIN present AS p ON a.event = p.event AND a.person_key = p.person_key
    GROUP BY a.event
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
    CASE WHEN q.event IS NOT NULL AND t.named IS NOT FALSE THEN coalesce(r.in_time, FALSE) END AS hit,
    p.excluded,
    p.sex,
    p.institution,
    p.state,
    p.organisation_type,
    p.batch_id,
    p.landed_file_id,
    p.position
FROM present AS p
LEFT JOIN asked AS q ON p.event = q.event
LEFT JOIN told AS t ON p.event = t.event
LEFT JOIN answered AS r ON p.event = r.event AND p.person_key = r.person_key
