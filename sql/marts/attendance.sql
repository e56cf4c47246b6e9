-- One row per attendance. Presence is the account's own: the platform's total, else the union of its intervals.
-- Inputs: the attributed rows of attendances by event; asof.attendance, attendance_interval, event, institution;
-- accounts, quarters.
WITH connected AS (
    SELECT
        g.account_key,
        g.source,
        g.event,
        (SELECT sum(extract(EPOCH FROM upper(u.span) - lower(u.span))) FROM unnest(g.spans) AS u (span)) AS seconds
    FROM (
        SELECT
            i.account_key,
            i.source,
            i.event,
            range_agg(tstzrange(i.joined_at, i.left_at)) AS spans
        FROM asof.attendance_interval AS i
        WHERE i.vanished_at IS NULL AND i.joined_at <= i.left_at
        GROUP BY i.account_key, i.source, i.event
    ) AS g
)

SELECT
    r.account_key,
    r.source,
    r.event,
    v.name AS event_name,
    r.person_key,
    v.held_on,
    a.registered_at,
    (r.excluded IS NULL) AS counted,
    r.excluded,
    coalesce(a.seconds, c.seconds) AS seconds,
    r.hit AS responded,
    'event' AS attribution_rule,
    r.period AS attributed_period,
    q.fy_period,
    r.sex,
    k.sex_source,
    r.institution,
    coalesce(i.name, r.institution) AS institution_name,
    CASE WHEN r.institution IS NOT NULL THEN (i.institution IS NOT NULL) END AS institution_listed,
    r.state,
    k.state_name,
    k.order_of_government,
    r.organisation_type
FROM attendances_by_event AS r
LEFT JOIN asof.attendance AS a ON r.account_key = a.account_key AND r.source = a.source AND r.event = a.event
LEFT JOIN connected AS c ON r.account_key = c.account_key AND r.source = c.source AND r.event = c.event
LEFT JOIN asof.event AS v ON r.event = v.event AND v.vanished_at IS NULL
LEFT JOIN asof.institution AS i ON r.institution = i.institution AND i.vanished_at IS NULL
LEFT JOIN accounts AS k ON r.account_key = k.account_key AND r.source = k.source
LEFT JOIN quarters AS q ON r.period = q.period
