-- Quarters that a batch may have moved: of the events and editions of the old and new versions it touched, and of
-- everything that an account, a link or a dimension it touched stands in. One row per quarter.
-- Inputs: the versions opened or closed at :at in every merged table.
WITH touched_person AS (
    SELECT
        t.account_key,
        t.person_key
    FROM warehouse.person_link AS t
    WHERE t.valid_from = :at OR t.valid_to = :at
),

touched_account AS (
    SELECT t.account_key FROM warehouse.account AS t
    WHERE t.valid_from = :at OR t.valid_to = :at
    UNION
    SELECT t.account_key FROM touched_person AS t
    UNION
    SELECT k.account_key
    FROM warehouse.person AS p
    INNER JOIN current.person_link AS k ON p.person_key = k.person_key
    WHERE p.valid_from = :at OR p.valid_to = :at
    UNION
    SELECT k.account_key
    FROM touched_person AS t
    INNER JOIN current.person_link AS k ON t.person_key = k.person_key
),

touched AS (
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.first_access_at AS at
    FROM warehouse.enrolment AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR t.account_key IN (SELECT a.account_key FROM touched_account AS a)
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.completed_at AS at
    FROM warehouse.module_completion AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR t.account_key IN (SELECT a.account_key FROM touched_account AS a)
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.obtained_at AS at
    FROM warehouse.certificate AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR t.account_key IN (SELECT a.account_key FROM touched_account AS a)
    UNION ALL
    SELECT
        NULL AS edition,
        t.event,
        NULL AS survey,
        t.registered_at AS at
    FROM warehouse.attendance AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR t.account_key IN (SELECT a.account_key FROM touched_account AS a)
    UNION ALL
    SELECT
        NULL AS edition,
        NULL AS event,
        t.survey,
        t.submitted_at AS at
    FROM warehouse.response AS t
    WHERE t.valid_from = :at OR t.valid_to = :at OR t.account_key IN (SELECT a.account_key FROM touched_account AS a)
    UNION ALL
    SELECT
        NULL AS edition,
        NULL AS event,
        t.survey,
        NULL AS at
    FROM warehouse.answer AS t
    WHERE t.valid_from = :at OR t.valid_to = :at
    UNION ALL
    SELECT
        NULL AS edition,
        NULL AS event,
        t.survey,
        NULL AS at
    FROM warehouse.question_option AS t
    WHERE t.valid_from = :at OR t.valid_to = :at
    UNION ALL
    SELECT
        NULL AS edition,
        NULL AS event,
        t.target AS survey,
        NULL AS at
    FROM warehouse.invitation AS t
    WHERE t.target_kind = 'survey' AND (t.valid_from = :at OR t.valid_to = :at)
),

dated AS (
    SELECT DISTINCT
        t.edition,
        t.event,
        t.survey,
        to_char(t.at AT TIME ZONE :zone, 'YYYY"-Q"Q') AS period
    FROM touched AS t
)

SELECT d.period FROM dated AS d
WHERE d.period IS NOT NULL
UNION
SELECT e.period
FROM dated AS d
INNER JOIN current.course_edition AS e ON d.edition = e.edition
UNION
SELECT to_char(v.held_on, 'YYYY"-Q"Q')
FROM dated AS d
INNER JOIN current.event AS v ON d.event = v.event
UNION
SELECT coalesce(e.period, to_char(v.held_on, 'YYYY"-Q"Q'), to_char(s.closes_on, 'YYYY"-Q"Q'))
FROM dated AS d
INNER JOIN current.survey AS s ON d.survey = s.survey
LEFT JOIN current.course_edition AS e ON s.edition = e.edition
LEFT JOIN current.event AS v ON s.event = v.event
UNION
SELECT t.period FROM warehouse.reported_value AS t
WHERE t.valid_from = :at OR t.valid_to = :at
UNION
SELECT t.period FROM warehouse.course_edition AS t
WHERE t.valid_from = :at OR t.valid_to = :at
UNION
SELECT to_char(t.held_on, 'YYYY"-Q"Q') FROM warehouse.event AS t
WHERE t.valid_from = :at OR t.valid_to = :at
UNION
SELECT p.period
FROM unnest(CAST(:periods AS text[])) AS p (period)
WHERE
    EXISTS (
        SELECT 1 FROM warehouse.indicator AS t
        WHERE t.valid_from = :at OR t.valid_to = :at
    )
    OR EXISTS (
        SELECT 1 FROM warehouse.survey AS t
        WHERE t.valid_from = :at OR t.valid_to = :at
    )
    OR EXISTS (
        SELECT 1 FROM warehouse.course AS t
        WHERE t.valid_from = :at OR t.valid_to = :at
    )
