-- One row per enrolment with its path: invited, enrolled, entered, modules, certificate. Beside the enrolments of the
-- platforms stand results without one (they count with the person's enrolment) and invitations that led to none.
-- Of an enrolment that counts, modules and certificate are those of its person on all platforms of the edition.
-- Inputs: asof.enrolment, invitation, person_link, course_edition, course; shared.participation; modules, accounts,
-- quarters, the attributed rows of certificates, module_completions and enrolments_entered.
WITH invited AS (
    SELECT DISTINCT ON (i.target, coalesce(k.person_key, i.account_key))
        i.account_key,
        i.source,
        i.target AS edition,
        coalesce(k.person_key, i.account_key) AS person_key,
        i.sent_at
    FROM asof.invitation AS i
    LEFT JOIN asof.person_link AS k ON i.account_key = k.account_key AND i.source = k.source
    WHERE i.target_kind = 'edition' AND i.delivered AND i.vanished_at IS NULL
    ORDER BY
        i.target ASC, coalesce(k.person_key, i.account_key) ASC, i.sent_at ASC NULLS LAST, i.account_key ASC
),

enrolled AS (
    SELECT
        coalesce(e.account_key, p.account_key) AS account_key,
        coalesce(e.source, p.source) AS source,
        coalesce(e.edition, p.edition) AS edition,
        coalesce(p.person_key, k.person_key, e.account_key) AS person_key,
        e.role,
        (e.account_key IS NOT NULL) AS enrolled,
        e.enrolled_at,
        p.entered_at,
        coalesce(p.entered_estimated, FALSE) AS entered_estimated,
        coalesce(p.enrolled AND p.place = 1, FALSE) AS counted,
        CASE
            WHEN p.account_key IS NULL THEN 'fuera_de_la_poblacion'
            WHEN p.place > 1 THEN 'otra_cuenta_de_la_persona'
        END AS excluded
    FROM asof.enrolment AS e
    FULL JOIN shared.participation AS p
        ON e.account_key = p.account_key AND e.source = p.source AND e.edition = p.edition
    LEFT JOIN asof.person_link AS k ON e.account_key = k.account_key AND e.source = k.source
),

base AS (
    SELECT * FROM enrolled
    UNION ALL
    SELECT
        i.account_key,
        i.source,
        i.edition,
        i.person_key,
        CAST(NULL AS text) AS role,
        FALSE AS enrolled,
        CAST(NULL AS timestamptz) AS enrolled_at,
        CAST(NULL AS timestamptz) AS entered_at,
        FALSE AS entered_estimated,
        FALSE AS counted,
        'sin_inscripcion' AS excluded
    FROM invited AS i
    LEFT JOIN (
        SELECT DISTINCT
            e.edition,
            e.person_key
        FROM enrolled AS e
    ) AS e ON i.edition = e.edition AND i.person_key = e.person_key
    WHERE e.person_key IS NULL
),

course_modules AS (
    SELECT
        m.course,
        count(*) AS modules
    FROM modules AS m
    GROUP BY m.course
),

passed AS (
    SELECT
        r.account_key,
        r.source,
        r.edition,
        r.person_key,
        count(*) FILTER (WHERE r.excluded IS NULL AND NOT r.late) AS counted,
        count(*) FILTER (WHERE NOT r.late) AS own,
        max(m.ordinal) FILTER (WHERE r.excluded IS NULL AND NOT r.late) AS last_counted,
        max(m.ordinal) FILTER (WHERE NOT r.late) AS last_own
    FROM module_completions_by_edition AS r
    LEFT JOIN modules AS m ON r.course = m.course AND r.module = m.module
    GROUP BY r.account_key, r.source, r.edition, r.person_key
),

passed_by_person AS (
    SELECT
        p.person_key,
        p.edition,
        sum(p.counted) AS modules,
        max(p.last_counted) AS last_ordinal
    FROM passed AS p
    GROUP BY p.person_key, p.edition
),

certified AS (
    SELECT
        r.account_key,
        r.source,
        r.edition,
        r.person_key,
        bool_or(NOT r.late) AS in_time,
        bool_or(r.excluded IS NULL AND NOT r.late) AS counted,
        bool_or(r.excluded IS DISTINCT FROM 'fuera_de_la_poblacion') AS of_the_population,
        min(r.at) AS at
    FROM certificates_by_edition AS r
    GROUP BY r.account_key, r.source, r.edition, r.person_key
),

certified_by_person AS (
    SELECT
        c.person_key,
        c.edition,
        bool_or(c.counted) AS in_time,
        min(c.at) AS at
    FROM certified AS c
    WHERE c.of_the_population
    GROUP BY c.person_key, c.edition
),

walked AS (
    SELECT
        b.*,
        CASE WHEN b.counted THEN coalesce(pp.modules, 0) ELSE coalesce(po.own, 0) END AS modules_completed,
        CASE WHEN b.counted THEN pp.last_ordinal ELSE po.last_own END AS last_ordinal,
        CASE WHEN b.counted THEN coalesce(n.hit, cp.in_time, FALSE) ELSE coalesce(co.in_time, FALSE) END AS certified,
        CASE WHEN b.counted THEN (cp.edition IS NOT NULL) ELSE (co.edition IS NOT NULL) END AS any_certificate,
        CASE WHEN b.counted THEN cp.at ELSE co.at END AS certified_at
    FROM base AS b
    LEFT JOIN passed_by_person AS pp ON b.person_key = pp.person_key AND b.edition = pp.edition
    LEFT JOIN passed AS po ON b.account_key = po.account_key AND b.source = po.source AND b.edition = po.edition
    LEFT JOIN certified_by_person AS cp ON b.person_key = cp.person_key AND b.edition = cp.edition
    LEFT JOIN certified AS co ON b.account_key = co.account_key AND b.source = co.source AND b.edition = co.edition
    LEFT JOIN enrolments_entered_by_edition AS n
        ON b.account_key = n.account_key AND b.source = n.source AND b.edition = n.edition
)

SELECT
    w.account_key,
    w.source,
    w.edition,
    d.name AS edition_name,
    d.course,
    c.name AS course_name,
    c.line,
    w.person_key,
    w.role,
    w.enrolled,
    w.counted,
    w.excluded,
    coalesce(d.population = 'enrolled', FALSE) AS population_known,
    CASE WHEN i.person_key IS NOT NULL OR (d.population = 'enrolled' AND w.counted) THEN TRUE END AS invited,
    i.sent_at AS invited_at,
    w.enrolled_at,
    w.entered_at,
    w.entered_estimated,
    t.modules,
    w.modules_completed,
    m.module AS last_module,
    w.certified,
    (w.any_certificate AND NOT w.certified) AS certified_late,
    w.certified_at,
    g.stage,
    g.stage_ordinal,
    'edition' AS attribution_rule,
    d.period AS attributed_period,
    q.fy_period,
    to_char(w.entered_at AT TIME ZONE :zone, 'YYYY"-Q"Q') AS entered_period,
    coalesce(a.sex, 'no_especificado') AS sex,
    a.sex_source,
    a.institution,
    a.institution_name,
    a.institution_listed,
    a.state,
    a.state_name,
    a.order_of_government,
    a.organisation_type
FROM walked AS w
LEFT JOIN asof.course_edition AS d ON w.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN asof.course AS c ON d.course = c.course AND c.vanished_at IS NULL
LEFT JOIN course_modules AS t ON d.course = t.course
LEFT JOIN modules AS m ON d.course = m.course AND w.last_ordinal = m.ordinal
LEFT JOIN invited AS i ON w.edition = i.edition AND w.person_key = i.person_key
LEFT JOIN accounts AS a ON w.account_key = a.account_key AND w.source = a.source
LEFT JOIN quarters AS q ON d.period = q.period
INNER JOIN (
    VALUES (1, 'invitada'), (2, 'inscrita'), (3, 'ingreso'), (4, 'modulo'), (5, 'certificado')
) AS g (stage_ordinal, stage)
    ON g.stage_ordinal = CASE
        WHEN w.certified THEN 5
        WHEN w.modules_completed > 0 THEN 4
        WHEN w.entered_at IS NOT NULL THEN 3
        WHEN w.enrolled THEN 2
        ELSE 1
    END
