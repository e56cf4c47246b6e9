-- Funnel: one row per edition that opens in the quarter (:period): persons of the population who entered, who passed
-- all modules that were delivered of it, and who obtained the certificate. Without any module delivered passed_all is
-- null. Inputs: shared.participation, asof.course_edition, module_completion, certificate.
WITH part AS (
    SELECT
        p.edition,
        p.person_key,
        p.account_key,
        p.source,
        p.entered_at
    FROM shared.participation AS p
    INNER JOIN asof.course_edition AS d ON p.edition = d.edition AND d.vanished_at IS NULL
    WHERE d.period = :period
),

asked AS (
    SELECT
        m.edition,
        count(DISTINCT m.module) AS modules
    FROM asof.module_completion AS m
    GROUP BY m.edition
),

person AS (
    SELECT
        p.edition,
        p.person_key,
        bool_or(p.entered_at IS NOT NULL) AS entered,
        count(DISTINCT m.module) AS passed,
        bool_or(c.account_key IS NOT NULL) AS certified
    FROM part AS p
    LEFT JOIN asof.module_completion AS m
        ON
            p.account_key = m.account_key
            AND p.source = m.source
            AND p.edition = m.edition
            AND m.state IN ('completed', 'reset')
    LEFT JOIN asof.certificate AS c
        ON
            p.account_key = c.account_key
            AND p.source = c.source
            AND p.edition = c.edition
            AND c.state IN ('obtained', 'reset')
    GROUP BY p.edition, p.person_key
)

SELECT
    n.edition,
    count(*) FILTER (WHERE n.entered) AS entered,
    CASE WHEN max(a.modules) IS NOT NULL THEN count(*) FILTER (WHERE n.passed = a.modules) END AS passed_all,
    count(*) FILTER (WHERE n.certified) AS certified
FROM person AS n
LEFT JOIN asked AS a ON n.edition = a.edition
GROUP BY n.edition
ORDER BY n.edition
