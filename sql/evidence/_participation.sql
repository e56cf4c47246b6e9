-- Participation: one row per account of the population of an edition, with its person and when it entered.
-- An account is of the population by its own enrolment; without one (the second platform of an edition may deliver
-- results and no enrolments) by that of its person, and then `enrolled` is false. Its own enrolment decides alone.
-- Entered = the earliest access ever seen or the earliest completion, for the enrolment that counts also those of the
-- person's accounts without enrolment; later than the edition's close it is capped there and flagged estimated, since
-- platforms tell only the last access. `place` orders the enrolments of one person in one edition: only the first is
-- counted; equal ones by where they stand in what was received, since keys would order them otherwise after a rotation.
-- `several` = the person has other accounts there: evidence orders what these did, and nothing of anybody else.
-- Completions are grouped by themselves, and links that name the account itself are not looked up: without a link an
-- account is a person by itself. What vanished from the platform still counts. An instant before 2000 is none.
-- Institution and state are those that the account itself says, else its person's.
-- Inputs: asof.enrolment, course_edition, module_completion, certificate, person_link, person, shared.described.
WITH done AS (
    SELECT
        f.account_key,
        f.source,
        f.edition,
        min(f.at) AS first_at
    FROM (
        SELECT
            m.account_key,
            m.source,
            m.edition,
            CASE WHEN m.completed_at >= CAST('2000-01-01' AS date) THEN m.completed_at END AS at
        FROM asof.module_completion AS m
        WHERE m.state IN ('completed', 'reset')
        UNION ALL
        SELECT
            c.account_key,
            c.source,
            c.edition,
            CASE WHEN c.obtained_at >= CAST('2000-01-01' AS date) THEN c.obtained_at END AS at
        FROM asof.certificate AS c
        WHERE c.state IN ('obtained', 'reset')
    ) AS f
    GROUP BY f.account_key, f.source, f.edition
),

seen AS (
    SELECT
        coalesce(x.account_key, d.account_key) AS account_key,
        coalesce(x.source, d.source) AS source,
        coalesce(x.edition, d.edition) AS edition,
        least(
            CASE WHEN x.first_access_at >= CAST('2000-01-01' AS date) THEN x.first_access_at END, d.first_at
        ) AS first_at,
        (x.account_key IS NOT NULL) AS enrolled,
        coalesce(x.in_population, FALSE) AS in_population,
        x.batch_id,
        x.landed_file_id,
        x.position
    FROM asof.enrolment AS x
    FULL JOIN done AS d ON x.account_key = d.account_key AND x.source = d.source AND x.edition = d.edition
),

member AS (
    SELECT
        t.*,
        coalesce(k.person_key, t.account_key) AS person_key
    FROM seen AS t
    LEFT JOIN asof.person_link AS k
        ON t.account_key = k.account_key AND t.source = k.source AND k.person_key <> k.account_key
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
