-- One row per course edition with the funnel of its enrolments that count.
-- Inputs: asof.course_edition, course, edition_course; marts.enrolment, enrolment_module; quarters.
WITH walked AS (
    SELECT
        n.edition,
        count(*) AS enrolled,
        count(n.entered_at) AS entered,
        count(*) FILTER (WHERE n.modules_completed > 0) AS passed_any,
        count(*) FILTER (WHERE n.modules > 0 AND n.modules_completed >= n.modules) AS passed_all,
        count(*) FILTER (WHERE n.certified) AS certified,
        count(*) FILTER (WHERE n.certified_late) AS certified_late
    FROM marts.enrolment AS n
    WHERE n.counted
    GROUP BY n.edition
),

passed AS (
    SELECT
        m.edition,
        string_agg(m.module || ': ' || m.passed, ' · ' ORDER BY m.ordinal, m.module) AS by_module
    FROM (
        SELECT
            n.edition,
            n.module,
            n.ordinal,
            count(*) FILTER (WHERE n.passed) AS passed
        FROM marts.enrolment_module AS n
        WHERE n.counted
        GROUP BY n.edition, n.module, n.ordinal
    ) AS m
    GROUP BY m.edition
),

carried AS (
    SELECT
        k.edition,
        string_agg(k.delivered_by || ': ' || k.source_course, ', ' ORDER BY k.delivered_by, k.source_course) AS courses
    FROM asof.edition_course AS k
    WHERE k.vanished_at IS NULL
    GROUP BY k.edition
)

SELECT
    d.edition,
    d.name,
    d.course,
    c.name AS course_name,
    c.line,
    d.opens_on,
    d.closes_on,
    d.last_day AS cutoff_on,
    d.cutoff_reason,
    d.period,
    q.fy_period,
    d.population,
    k.courses AS source_courses,
    coalesce(w.enrolled, 0) AS enrolled,
    coalesce(w.entered, 0) AS entered,
    coalesce(w.passed_any, 0) AS passed_any,
    coalesce(w.passed_all, 0) AS passed_all,
    p.by_module AS passed_by_module,
    coalesce(w.certified, 0) AS certified,
    coalesce(w.certified_late, 0) AS certified_late
FROM asof.course_edition AS d
LEFT JOIN asof.course AS c ON d.course = c.course AND c.vanished_at IS NULL
LEFT JOIN walked AS w ON d.edition = w.edition
LEFT JOIN passed AS p ON d.edition = p.edition
LEFT JOIN carried AS k ON d.edition = k.edition
LEFT JOIN quarters AS q ON d.period = q.period
WHERE d.vanished_at IS NULL
