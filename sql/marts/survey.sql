-- One row per survey with n and rate. Who could have answered are those an invitation was delivered to, those present
-- at the event or those who entered the edition; with an open link nobody knows. Of an edition's survey it is not known
-- who of those who entered answered: its complete responses stand for them, unless there are more of them.
-- Inputs: asof.survey, course_edition, event; quarters; the attributed rows of responses and of those reached by
-- invitation or at an event; marts.enrolment.
WITH responded AS (
    SELECT
        r.survey,
        count(*) FILTER (WHERE r.excluded IS NULL) AS responded,
        count(*) FILTER (WHERE r.excluded = 'respuesta_incompleta') AS incomplete,
        count(*) FILTER (WHERE r.excluded = 'respuesta_repetida') AS repeated_out,
        count(*) FILTER (WHERE r.excluded = 'despues_del_cierre_de_la_encuesta') AS late
    FROM responses_by_edition AS r
    GROUP BY r.survey
),

able AS (
    SELECT
        i.survey,
        count(*) AS reached,
        count(i.hit) AS known,
        count(*) FILTER (WHERE i.hit) AS hits
    FROM survey_reach_by_edition AS i
    WHERE i.excluded IS NULL
    GROUP BY i.survey
),

entered AS (
    SELECT
        n.edition,
        count(*) AS entered
    FROM marts.enrolment AS n
    WHERE n.counted AND n.entered_at IS NOT NULL
    GROUP BY n.edition
),

counted AS (
    SELECT
        s.survey,
        s.name,
        s.edition,
        s.event,
        s.reached_by,
        s.closes_on,
        CASE s.reached_by
            WHEN 'invitation' THEN i.reached
            WHEN 'attendance' THEN i.reached
            WHEN 'enrolment' THEN e.entered
        END AS reached,
        CASE WHEN s.reached_by = 'invitation' THEN coalesce(i.reached, 0) END AS invited,
        coalesce(r.responded, 0) AS responded,
        CASE
            WHEN s.reached_by IN ('invitation', 'attendance') AND i.known > 0 THEN i.hits
            WHEN s.reached_by = 'enrolment' AND r.responded <= e.entered THEN r.responded
        END AS reached_responded,
        coalesce(r.incomplete, 0) AS incomplete,
        coalesce(r.repeated_out, 0) AS repeated_out,
        coalesce(r.late, 0) AS late,
        coalesce(
            d.period, to_char(v.held_on, 'YYYY"-Q"Q'), to_char(s.closes_on, 'YYYY"-Q"Q')
        ) AS attributed_period
    FROM asof.survey AS s
    LEFT JOIN responded AS r ON s.survey = r.survey
    LEFT JOIN able AS i ON s.survey = i.survey
    LEFT JOIN entered AS e ON s.edition = e.edition
    LEFT JOIN asof.course_edition AS d ON s.edition = d.edition AND d.vanished_at IS NULL
    LEFT JOIN asof.event AS v ON s.event = v.event AND v.vanished_at IS NULL
    WHERE s.vanished_at IS NULL
)

SELECT
    c.survey,
    c.name,
    c.edition,
    c.event,
    c.reached_by,
    c.closes_on,
    c.reached,
    c.invited,
    c.responded,
    c.reached_responded,
    c.incomplete,
    c.repeated_out,
    c.late,
    round(100.0 * c.reached_responded / nullif(c.reached, 0), 1) AS response_rate,
    c.attributed_period,
    q.fy_period,
    CASE WHEN c.reached_responded IS NULL OR c.reached = 0 THEN 'n. d.' ELSE 'preliminar' END AS obs_status,
    CASE WHEN c.reached_by = 'open_link' THEN 'no_calculable' END AS obs_note
FROM counted AS c
LEFT JOIN quarters AS q ON c.attributed_period = q.period
