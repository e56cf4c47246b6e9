-- Attributed evidence of one indicator and line: every row with its course, quarter and why it is excluded.
-- by edition: the quarter of the edition's opening; what comes after the edition's own close is `late`: it belongs to
-- the quarter of its instant, at the earliest to the one after the edition's.
-- by event: the local quarter of the instant; without an instant that of the edition, event or survey.
-- thing = what is counted once a person; where all responses of an account count, each is one (evidence about people
-- has the account in its keys).
-- by_open_link = the event's surveys were reached by open links only: who of those present answered is not known, and
-- not for want of data.
-- Inputs: sql/evidence/<evidence>.sql, asof.course_edition, event, survey.
SELECT
    e.evidence_key,
    e.account_key,
    e.at,
    e.at_estimated,
    e.edition,
    e.event,
    e.survey,
    e.module,
    e.source,
    e.value,
    e.hit,
    e.sex,
    e.institution,
    e.state,
    e.organisation_type,
    e.batch_id,
    e.landed_file_id,
    e.position,
    d.course,
    coalesce(l.by_open_link, FALSE) AS by_open_link,
    coalesce(
        CASE
            WHEN s.repeated = 'all' AND position(CAST(e.account_key AS text) IN e.evidence_key) = 0 THEN e.evidence_key
        END,
        nullif(concat_ws('/', e.edition, e.event, e.survey, e.module), ''),
        e.evidence_key
    ) AS thing,
    coalesce(:attribution = 'edition' AND s.survey IS NULL AND e.at >= d.cutoff_at, FALSE) AS late,
    coalesce(
        CASE
            WHEN :attribution = 'edition' AND s.survey IS NULL AND e.at >= d.cutoff_at
                THEN greatest(
                    to_char(
                        date_trunc('quarter', d.opens_at AT TIME ZONE :zone) + interval '3 months', 'YYYY"-Q"Q'
                    ),
                    to_char(e.at AT TIME ZONE :zone, 'YYYY"-Q"Q')
                )
        END,
        CASE WHEN :attribution = 'edition' THEN d.period END,
        to_char(e.at AT TIME ZONE :zone, 'YYYY"-Q"Q'),
        d.period,
        to_char(v.held_on, 'YYYY"-Q"Q'),
        to_char(s.closes_on, 'YYYY"-Q"Q')
    ) AS period,
    coalesce(
        e.excluded,
        CASE
            WHEN e.at >= s.closes_at THEN 'despues_del_cierre_de_la_encuesta'
            WHEN :attribution = 'event' AND e.at IS NULL THEN 'sin_fecha'
        END
    ) AS excluded
FROM (
    __evidence__
) AS e
LEFT JOIN asof.course_edition AS d ON e.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN asof.survey AS s ON e.survey = s.survey AND s.vanished_at IS NULL
LEFT JOIN asof.event AS v ON e.event = v.event AND v.vanished_at IS NULL
LEFT JOIN (
    SELECT
        w.event,
        bool_and(w.reached_by = 'open_link') AS by_open_link
    FROM asof.survey AS w
    WHERE w.vanished_at IS NULL AND w.event IS NOT NULL
    GROUP BY w.event
) AS l ON e.event = l.event
