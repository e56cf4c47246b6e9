-- Participation: one row per account of the population of an edition, with its person and when it entered.
-- Entered = the earliest access ever seen or the earliest completion; later than the edition's close it is capped there
-- and flagged estimated, since platforms tell only the last access. `place` orders the accounts of one person in one
-- edition: only the first is counted. What vanished from the platform still counts. An instant before 2000 is none.
-- Inputs: asof.enrolment, course_edition, module_completion, certificate, person_link, person.
SELECT
    e.account_key,
    e.source,
    e.edition,
    d.population,
    d.cutoff_at,
    d.opens_at,
    coalesce(k.person_key, e.account_key) AS person_key,
    coalesce(p.sex, 'no_especificado') AS sex,
    p.institution,
    p.state,
    a.organisation_type,
    e.batch_id,
    e.landed_file_id,
    e.position,
    CASE WHEN t.first_at IS NOT NULL THEN least(t.first_at, d.cutoff_at - interval '1 second') END AS entered_at,
    coalesce(t.first_at >= d.cutoff_at, FALSE) AS entered_estimated,
    row_number() OVER (
        PARTITION BY e.edition, coalesce(k.person_key, e.account_key)
        ORDER BY t.first_at ASC NULLS LAST, e.account_key ASC
    ) AS place
FROM asof.enrolment AS e
INNER JOIN asof.course_edition AS d ON e.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN asof.person_link AS k ON e.account_key = k.account_key AND e.source = k.source
LEFT JOIN asof.person AS p ON k.person_key = p.person_key
LEFT JOIN asof.account AS a ON e.account_key = a.account_key AND e.source = a.source
LEFT JOIN (
    SELECT
        f.account_key,
        f.source,
        f.edition,
        min(f.at) FILTER (WHERE f.at >= CAST('2000-01-01' AS date)) AS first_at
    FROM (
        SELECT
            x.account_key,
            x.source,
            x.edition,
            x.first_access_at AS at
        FROM asof.enrolment AS x
        UNION ALL
        SELECT
            m.account_key,
            m.source,
            m.edition,
            m.completed_at AS at
        FROM asof.module_completion AS m
        WHERE m.state IN ('completed', 'reset')
        UNION ALL
        SELECT
            c.account_key,
            c.source,
            c.edition,
            c.obtained_at AS at
        FROM asof.certificate AS c
        WHERE c.state IN ('obtained', 'reset')
    ) AS f
    GROUP BY f.account_key, f.source, f.edition
) AS t ON e.account_key = t.account_key AND e.source = t.source AND e.edition = t.edition
WHERE e.in_population
