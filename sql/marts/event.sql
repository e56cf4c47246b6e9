-- One row per event: who was registered, attended and answered. Where nobody was asked, women and men are no zeros.
-- Inputs: asof.event, survey; marts.attendance; quarters.
WITH present AS (
    SELECT
        a.event,
        count(*) AS registered,
        count(*) FILTER (WHERE a.counted) AS attended,
        count(*) FILTER (WHERE a.excluded = 'permanencia_insuficiente') AS left_out_presence,
        count(*) FILTER (WHERE a.counted AND a.sex = 'mujer') AS women,
        count(*) FILTER (WHERE a.counted AND a.sex = 'hombre') AS men,
        count(*) FILTER (WHERE a.counted AND a.sex = 'no_especificado') AS sex_unknown,
        count(DISTINCT a.institution) FILTER (WHERE a.counted) AS organisations,
        count(a.responded) FILTER (WHERE a.counted) AS known,
        count(*) FILTER (WHERE a.counted AND a.responded) AS responded
    FROM marts.attendance AS a
    GROUP BY a.event
),

surveyed AS (
    SELECT
        s.event,
        min(s.survey) AS survey
    FROM asof.survey AS s
    WHERE s.vanished_at IS NULL AND s.event IS NOT NULL
    GROUP BY s.event
)

SELECT
    v.event,
    v.name,
    v.held_on,
    v.line,
    to_char(v.held_on, 'YYYY"-Q"Q') AS period,
    q.fy_period,
    coalesce(p.registered, 0) AS registered,
    coalesce(p.attended, 0) AS attended,
    coalesce(p.left_out_presence, 0) AS left_out_presence,
    CASE WHEN p.attended > p.sex_unknown THEN p.women END AS women,
    CASE WHEN p.attended > p.sex_unknown THEN p.men END AS men,
    p.sex_unknown,
    p.organisations,
    s.survey,
    CASE WHEN p.known > 0 THEN p.responded END AS responded,
    round(100.0 * p.responded / nullif(p.known, 0), 1) AS response_rate
FROM asof.event AS v
LEFT JOIN present AS p ON v.event = p.event
LEFT JOIN surveyed AS s ON v.event = s.event
LEFT JOIN quarters AS q ON to_char(v.held_on, 'YYYY"-Q"Q') = q.period
WHERE v.vanished_at IS NULL
