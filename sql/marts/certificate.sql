-- One row per certificate obtained and attribution rule. The first of a person under a rule is where a cumulative
-- number of persons counts them.
-- Inputs: the attributed rows of certificates by edition and by event; people, quarters, asof.course_edition.
WITH attributed AS (
    SELECT
        'edition' AS attribution_rule,
        e.*
    FROM certificates_by_edition AS e
    UNION ALL
    SELECT
        'event' AS attribution_rule,
        v.*
    FROM certificates_by_event AS v
),

ordered AS (
    SELECT
        a.*,
        (a.excluded IS NULL) AS counted,
        CASE WHEN a.excluded IS NULL THEN min(a.period) OVER same_person END AS first_reached_period,
        row_number() OVER (
            same_person ORDER BY a.period ASC, a.at ASC NULLS LAST, a.edition ASC, a.account_key ASC
        ) AS place,
        row_number() OVER (
            PARTITION BY a.attribution_rule, a.person_key, a.excluded IS NULL, a.course
            ORDER BY a.period ASC, a.at ASC NULLS LAST, a.edition ASC, a.account_key ASC
        ) AS place_in_course
    FROM attributed AS a
    WINDOW same_person AS (PARTITION BY a.attribution_rule, a.person_key, a.excluded IS NULL)
)

SELECT
    o.account_key,
    o.source,
    o.edition,
    o.attribution_rule,
    d.name AS edition_name,
    o.course,
    o.person_key,
    o.at AS obtained_at,
    o.counted,
    o.excluded,
    o.period AS attributed_period,
    q.fy_period,
    q.fiscal_year,
    o.late,
    o.first_reached_period,
    (o.counted AND o.place = 1) AS is_first,
    (o.counted AND o.place_in_course = 1) AS is_first_in_course,
    coalesce(p.sex, 'no_especificado') AS sex,
    p.sex_source,
    p.institution,
    p.institution_name,
    p.institution_listed,
    p.state,
    p.state_name,
    p.order_of_government,
    o.organisation_type
FROM ordered AS o
LEFT JOIN asof.course_edition AS d ON o.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN people AS p ON o.person_key = p.person_key
LEFT JOIN quarters AS q ON o.period = q.period
