-- One row per certificate obtained and attribution rule. The first of a person under a rule is where a cumulative
-- number of persons counts them, described as it was then: equal ones in the order of sql/compute/first_reach.sql.
-- Inputs: the attributed rows of certificates by edition and by event; accounts, quarters, asof.course_edition.
WITH attributed AS (
    SELECT
        'edition' AS attribution_rule,
        e.account_key,
        e.source,
        e.edition,
        e.course,
        e.person_key,
        e.at,
        e.excluded,
        e.period,
        e.late,
        e.landed_file_id,
        e.position
    FROM certificates_by_edition AS e
    UNION ALL
    SELECT
        'event' AS attribution_rule,
        v.account_key,
        v.source,
        v.edition,
        v.course,
        v.person_key,
        v.at,
        v.excluded,
        v.period,
        v.late,
        v.landed_file_id,
        v.position
    FROM certificates_by_event AS v
),

ordered AS (
    SELECT
        a.*,
        (a.excluded IS NULL) AS counted,
        CASE WHEN a.excluded IS NULL THEN min(a.period) OVER same_person END AS first_reached_period,
        row_number() OVER (
            same_person
            ORDER BY
                a.period ASC,
                a.at ASC NULLS LAST,
                a.source ASC,
                a.landed_file_id ASC,
                a.position ASC,
                a.edition ASC,
                a.account_key ASC
        ) AS place,
        row_number() OVER (
            PARTITION BY a.attribution_rule, a.person_key, a.excluded IS NULL, a.course
            ORDER BY
                a.period ASC,
                a.at ASC NULLS LAST,
                a.source ASC,
                a.landed_file_id ASC,
                a.position ASC,
                a.edition ASC,
                a.account_key ASC
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
    coalesce(a.sex, 'no_especificado') AS sex,
    a.sex_source,
    a.institution,
    a.institution_name,
    a.institution_listed,
    a.state,
    a.state_name,
    a.order_of_government,
    a.organisation_type
FROM ordered AS o
LEFT JOIN asof.course_edition AS d ON o.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN accounts AS a ON o.account_key = a.account_key AND o.source = a.source
LEFT JOIN quarters AS q ON o.period = q.period
