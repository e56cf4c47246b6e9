-- Participation: one row per account of the population of an edition, with its person and when it entered.
-- An account is of the population by its own enrolment; without one (the second platform of an edition may deliver
-- results and no enrolments) by that of its person, and then `enrolled` is false. Its own enrolment decides alone.
-- Entered = the earliest access ever seen or the earliest completion, for the enrolment that counts also those of the
-- person's accounts without enrolment; later than the edition's close it is capped there and flagged estimated, since
-- platforms tell only the last access. `place` orders the enrolments of one person in one edition: only the first is
-- counted; equal ones by where they stand in what was received, since keys would order them otherwise after a rotation.
-- `several` = the person has other accounts there: evidence orders what these did, and nothing of anybody else.
-- What vanished from the platform still counts. An instant before 2000 is none.
-- Institution and state are those that the account itself says, else its person's.
-- Inputs: asof.enrolment, course_edition, module_completion, certificate, person_link, person, shared.described.
WITH seen AS (
    SELECT
        f.account_key,
        f.source,
        f.edition,
        min(f.at) FILTER (WHERE f.at >= CAST('2000-01-01' AS date)) AS first_at,
        -- Of its own enrolment, which is one at most.
        coalesce(bool_or(f.enrolled), FALSE) AS enrolled,
        coalesce(bool_or(f.in_population), FALSE) AS in_population,
        max(f.batch_id) AS batch_id,
        max(f.landed_file_id) AS landed_file_id,
        max(f.position) AS position
    FROM (
        SELECT
            x.account_key,
            x.source,
            x.edition,
            x.first_access_at AS at,
            TRUE AS enrolled,
            x.in_population,
            x.batch_id,
            x.landed_file_id,
            x.position
        FROM asof.enrolment AS x
        UNION ALL
        SELECT
            m.account_key,
            m.source,
            m.edition,
            m.completed_at AS at,
            NULL AS enrolled,
            NULL AS in_population,
            NULL AS batch_id,
            NULL AS landed_file_id,
            NULL AS position
        FROM asof.module_completion AS m
        WHERE m.state IN ('completed', 'reset')
        UNION ALL
        SELECT
            c.account_key,
            c.source,
            c.edition,
            c.obtained_at AS at,
            NULL AS enrolled,
            NULL AS in_population,
            NULL AS batch_id,
            NULL AS landed_file_id,
            NULL AS position
        FROM asof.certificate AS c
        WHERE c.state IN ('obtained', 'reset')
    ) AS f
    GROUP BY f.account_key, f.source, f.edition
),

member AS (
    SELECT
        t.*,
        coalesce(k.person_key, t.account_key) AS person_key
    FROM seen AS t
    LEFT JOIN asof.person_link AS k ON t.account_key = k.account_key AND t.source = k.source
),

ordered AS (
    SELECT
        m.*,
        bool_or(m.in_population) OVER same_person AS known,
        min(m.first_at) FILTER (WHERE NOT m.enrolled) OVER same_person AS elsewhere_at,
        row_number() OVER same_person AS place,
        count(*) OVER same_person > 1 AS several
    FROM member AS m
    WINDOW
        same_person AS (
            PARTITION BY m.person_key, m.edition
            ORDER BY
                m.in_population DESC,
                m.first_at ASC NULLS LAST,
                m.source ASC,
                m.landed_file_id ASC,
                m.position ASC,
                m.account_key ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
),

entered AS (
    SELECT
        o.*,
        CASE WHEN o.enrolled AND o.place = 1 THEN least(o.first_at, o.elsewhere_at) ELSE o.first_at END AS found_at
    FROM ordered AS o
    WHERE o.in_population OR (o.known AND NOT o.enrolled)
)

SELECT
    n.account_key,
    n.source,
    n.edition,
    n.enrolled,
    d.population,
    d.cutoff_at,
    d.opens_at,
    n.person_key,
    coalesce(p.sex, 'no_especificado') AS sex,
    coalesce(a.institution, p.institution) AS institution,
    coalesce(a.state, p.state) AS state,
    a.organisation_type,
    n.batch_id,
    n.landed_file_id,
    n.position,
    CASE WHEN n.found_at IS NOT NULL THEN least(n.found_at, d.cutoff_at - interval '1 second') END AS entered_at,
    coalesce(n.found_at >= d.cutoff_at, FALSE) AS entered_estimated,
    n.place,
    n.several
FROM entered AS n
INNER JOIN asof.course_edition AS d ON n.edition = d.edition AND d.vanished_at IS NULL
LEFT JOIN asof.person AS p ON n.person_key = p.person_key
LEFT JOIN shared.described AS a ON n.account_key = a.account_key AND n.source = a.source
