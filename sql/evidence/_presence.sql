-- Presence: one row per account present at an event, with its person and why it does not count; a person counts once an
-- event. An attendance struck from the list no longer counts.
-- Where the event asks for a minimum of presence, the person's intervals on all accounts count together, as their union
-- within the schedule, or the platform's own total of an account that it gives no intervals of, if that is longer.
-- Whoever nothing of the kind is known of (a signed list) was there. Below the minimum: excluded.
-- The institution is the one given at the event, by its code where the reviewed list knows it, else what the
-- account says, else the person's.
-- Inputs: asof.attendance, attendance_interval, event, person_link, person, alias, shared.described.
WITH listed AS (
    SELECT
        n.institution,
        l.code
    FROM (
        SELECT DISTINCT a.institution FROM asof.attendance AS a
        WHERE a.institution IS NOT NULL
    ) AS n
    INNER JOIN asof.alias AS l ON l.kind = 'institution' AND l.alias = warehouse.comparable(n.institution)
    WHERE l.vanished_at IS NULL
),

present AS (
    SELECT
        a.account_key,
        a.source,
        a.event,
        v.held_on,
        v.starts_at,
        v.ends_at,
        v.minimum_percent * extract(EPOCH FROM v.ends_at - v.starts_at) / 100 AS minimum_seconds,
        a.seconds,
        coalesce(k.person_key, a.account_key) AS person_key,
        coalesce(p.sex, 'no_especificado') AS sex,
        coalesce(i.code, a.institution, c.institution, p.institution) AS institution,
        coalesce(c.state, p.state) AS state,
        coalesce(a.organisation_type, c.organisation_type) AS organisation_type,
        a.batch_id,
        a.landed_file_id,
        a.position,
        row_number() OVER (
            PARTITION BY coalesce(k.person_key, a.account_key), a.event
            ORDER BY
                a.registered_at ASC NULLS LAST,
                a.source ASC,
                a.landed_file_id ASC,
                a.position ASC,
                a.account_key ASC
        ) AS place
    FROM asof.attendance AS a
    INNER JOIN asof.event AS v ON a.event = v.event AND v.vanished_at IS NULL
    LEFT JOIN shared.described AS c ON a.account_key = c.account_key AND a.source = c.source
    LEFT JOIN asof.person_link AS k ON a.account_key = k.account_key AND a.source = k.source
    LEFT JOIN asof.person AS p ON k.person_key = p.person_key
    LEFT JOIN listed AS i ON a.institution = i.institution
    WHERE a.vanished_at IS NULL
),

connected AS (
    SELECT
        n.account_key,
        n.source,
        n.event,
        n.person_key,
        tstzrange(
            least(greatest(i.joined_at, n.starts_at), n.ends_at), least(greatest(i.left_at, n.starts_at), n.ends_at)
        ) AS span
    FROM present AS n
    INNER JOIN asof.attendance_interval AS i
        ON n.account_key = i.account_key AND n.source = i.source AND n.event = i.event
    WHERE n.minimum_seconds IS NOT NULL AND i.vanished_at IS NULL AND i.joined_at <= i.left_at
),

stayed AS (
    SELECT
        t.event,
        t.person_key,
        max(t.seconds) AS seconds
    FROM (
        SELECT
            g.event,
            g.person_key,
            coalesce(
                (SELECT sum(extract(EPOCH FROM upper(u.span) - lower(u.span))) FROM unnest(g.spans) AS u (span)), 0
            ) AS seconds
        FROM (
            SELECT
                c.event,
                c.person_key,
                range_agg(c.span) AS spans
            FROM connected AS c
            GROUP BY c.event, c.person_key
        ) AS g
        UNION ALL
        SELECT
            n.event,
            n.person_key,
            n.seconds
        FROM present AS n
        LEFT JOIN connected AS c ON n.account_key = c.account_key AND n.source = c.source AND n.event = c.event
        WHERE n.seconds IS NOT NULL AND c.account_key IS NULL
    ) AS t
    GROUP BY t.event, t.person_key
)

SELECT
    p.account_key,
    p.source,
    p.event,
    p.held_on,
    p.person_key,
    CASE
        WHEN t.seconds < p.minimum_seconds THEN 'permanencia_insuficiente'
        WHEN p.place > 1 THEN 'otra_cuenta_de_la_persona'
    END AS excluded,
    p.sex,
    p.institution,
    p.state,
    p.organisation_type,
    p.batch_id,
    p.landed_file_id,
    p.position
FROM present AS p
LEFT JOIN stayed AS t ON p.event = t.event AND p.person_key = t.person_key
