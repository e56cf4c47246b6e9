-- One row per person with what they did in the whole project.
-- Inputs: people; asof.person_link; marts.enrolment, certificate, attendance, answer.
WITH linked AS (
    SELECT
        s.person_key,
        sum(s.accounts) AS accounts,
        string_agg(s.source, ', ' ORDER BY s.source) AS sources
    FROM (
        SELECT
            k.person_key,
            k.source,
            count(*) AS accounts
        FROM asof.person_link AS k
        WHERE k.vanished_at IS NULL
        GROUP BY k.person_key, k.source
    ) AS s
    GROUP BY s.person_key
),

learned AS (
    SELECT
        n.person_key,
        count(*) AS enrolments,
        count(n.entered_at) AS entered
    FROM marts.enrolment AS n
    WHERE n.counted
    GROUP BY n.person_key
),

certified AS (
    SELECT
        c.person_key,
        count(*) FILTER (WHERE c.attribution_rule = 'edition') AS certificates,
        min(c.first_reached_period) FILTER (WHERE c.attribution_rule = 'edition') AS by_edition,
        min(c.first_reached_period) FILTER (WHERE c.attribution_rule = 'event') AS by_event,
        min(c.obtained_at) AS first_at
    FROM marts.certificate AS c
    WHERE c.counted
    GROUP BY c.person_key
),

attended AS (
    SELECT
        a.person_key,
        count(*) AS events,
        min(a.held_on) AS first_on
    FROM marts.attendance AS a
    WHERE a.counted
    GROUP BY a.person_key
),

answered AS (
    SELECT
        s.person_key,
        count(*) AS surveys
    FROM (
        SELECT DISTINCT
            r.person_key,
            r.survey
        FROM responses_by_edition AS r
        WHERE r.excluded IS NULL
    ) AS s
    GROUP BY s.person_key
)

SELECT
    p.person_key,
    coalesce(k.accounts, 0) AS accounts,
    k.sources,
    p.sex,
    p.sex_source,
    p.institution,
    p.institution_name,
    p.institution_listed,
    p.state,
    p.state_name,
    p.order_of_government,
    p.sex_conflict,
    coalesce(n.enrolments, 0) AS enrolments,
    coalesce(n.entered, 0) AS entered,
    coalesce(c.certificates, 0) AS certificates,
    c.by_edition AS first_certified_period_by_edition,
    c.by_event AS first_certified_period_by_event,
    c.first_at AS first_certified_at,
    coalesce(a.events, 0) AS events_attended,
    a.first_on AS first_event_on,
    coalesce(s.surveys, 0) AS surveys_answered
FROM people AS p
LEFT JOIN linked AS k ON p.person_key = k.person_key
LEFT JOIN learned AS n ON p.person_key = n.person_key
LEFT JOIN certified AS c ON p.person_key = c.person_key
LEFT JOIN attended AS a ON p.person_key = a.person_key
LEFT JOIN answered AS s ON p.person_key = s.person_key
