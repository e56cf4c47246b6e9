-- One row per enrolment and module of its course, passed or not. Of an enrolment that counts, what its person passed on
-- any platform of the edition before its close counts, as it does for the indicators; what came after it is late.
-- What was passed is described by the account that passed it. Inputs: marts.enrolment, modules, accounts,
-- asof.module_completion, course_edition, the attributed rows of module_completions (of those that count a person has
-- one a module and edition).
SELECT
    n.account_key,
    n.source,
    n.edition,
    m.module,
    n.course,
    m.name AS module_name,
    m.ordinal,
    n.person_key,
    n.counted,
    n.excluded,
    CASE
        WHEN n.counted THEN (p.edition IS NOT NULL AND NOT p.late)
        ELSE coalesce(c.state IN ('completed', 'reset') AND coalesce(c.completed_at < d.cutoff_at, TRUE), FALSE)
    END AS passed,
    CASE
        WHEN n.counted THEN (p.edition IS NOT NULL AND p.late)
        ELSE coalesce(c.state IN ('completed', 'reset') AND c.completed_at >= d.cutoff_at, FALSE)
    END AS passed_late,
    CASE WHEN n.counted THEN p.period END AS passed_period,
    c.state AS completion_state,
    CASE WHEN n.counted AND p.edition IS NOT NULL THEN p.at ELSE c.completed_at END AS completed_at,
    n.attribution_rule,
    n.attributed_period,
    n.fy_period,
    n.sex,
    n.sex_source,
    a.institution,
    a.institution_name,
    a.institution_listed,
    a.state,
    a.state_name,
    a.order_of_government,
    a.organisation_type
FROM marts.enrolment AS n
INNER JOIN modules AS m ON n.course = m.course
LEFT JOIN asof.course_edition AS d ON n.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN module_completions_by_edition AS p
    ON
        n.counted
        AND n.person_key = p.person_key
        AND n.edition = p.edition
        AND m.module = p.module
        AND p.excluded IS NULL
LEFT JOIN accounts AS a
    ON coalesce(p.account_key, n.account_key) = a.account_key AND coalesce(p.source, n.source) = a.source
LEFT JOIN asof.module_completion AS c
    ON n.account_key = c.account_key AND n.source = c.source AND n.edition = c.edition AND m.module = c.module
