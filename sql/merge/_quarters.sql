-- Quarters that a batch may have moved: of the events and editions of the old and new versions it touched, and of
-- everything that an account, a link or a dimension it touched stands in. What is touched of one account moves more:
-- the enrolment of a person decides about the results of all its accounts in the edition, a response about the others
-- of its account, and about an invitation sent in another quarter. A reviewed name of an institution or state moves the
-- accounts that say it and the events that it was given at; what it changes of persons shows in them. Of an edition or
-- event the quarters of all its versions: what was published by an earlier date stays there. One row per quarter.
-- Versions of :at are found by index and tell their own quarters; whoever they touch is asked for other versions only,
-- so that it costs what the batch wrote: a first load finds none, a later night few people.
-- Inputs: __renamed__ (_renamed.sql), moved_account (_moved_accounts.sql), and the versions opened or closed at :at in
-- every merged table.
WITH renamed AS (
    SELECT r.* FROM __renamed__ AS r
),

-- What the batch wrote of facts, with its own instant; whoever asks reads what it needs of it.
written AS NOT MATERIALIZED (
    SELECT
        t.account_key,
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.first_access_at AS at
    FROM warehouse.enrolment AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION ALL
    SELECT
        t.account_key,
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.completed_at AS at
    FROM warehouse.module_completion AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION ALL
    SELECT
        t.account_key,
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.obtained_at AS at
    FROM warehouse.certificate AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION ALL
    SELECT
        t.account_key,
        NULL AS edition,
        t.event,
        NULL AS survey,
        t.registered_at AS at
    FROM warehouse.attendance AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION ALL
    SELECT
        t.account_key,
        NULL AS edition,
        t.event,
        NULL AS survey,
        NULL AS at
    FROM warehouse.attendance_interval AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION ALL
    SELECT
        t.account_key,
        NULL AS edition,
        NULL AS event,
        t.survey,
        t.submitted_at AS at
    FROM warehouse.response AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
    UNION ALL
    SELECT
        t.account_key,
        NULL AS edition,
        NULL AS event,
        t.survey,
        NULL AS at
    FROM warehouse.answer AS t
    WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
),

touched_member AS (
    SELECT DISTINCT
        m.account_key,
        w.edition
    FROM (
        SELECT DISTINCT
            t.account_key,
            t.edition
        FROM written AS t
        WHERE t.edition IS NOT NULL
    ) AS w
    INNER JOIN current.person_link AS k ON w.account_key = k.account_key
    INNER JOIN current.person_link AS m ON k.person_key = m.person_key
    INNER JOIN warehouse.person_link AS o ON m.account_key = o.account_key AND o.valid_from < :at
    -- asked first: a first load has none to look for
    WHERE
        EXISTS (
            SELECT 1 FROM warehouse.person_link AS e
            WHERE e.valid_from < :at
        )
),

touched_respondent AS (
    SELECT DISTINCT
        w.account_key,
        w.survey
    FROM written AS w
    WHERE
        w.survey IS NOT NULL
        -- asked first: a first load has no other responses, and nobody was invited
        AND (
            EXISTS (
                SELECT 1 FROM warehouse.response AS t
                WHERE t.valid_from < :at OR t.valid_from > :at
            )
            OR EXISTS (SELECT 1 FROM warehouse.invitation)
        )
),

touched AS (
    SELECT
        w.edition,
        w.event,
        w.survey,
        w.at
    FROM written AS w
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.first_access_at AS at
    FROM moved_account AS a
    INNER JOIN warehouse.enrolment AS t ON a.account_key = t.account_key
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.first_access_at AS at
    FROM touched_member AS m
    INNER JOIN warehouse.enrolment AS t ON m.account_key = t.account_key AND m.edition = t.edition
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.completed_at AS at
    FROM moved_account AS a
    INNER JOIN warehouse.module_completion AS t ON a.account_key = t.account_key
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.completed_at AS at
    FROM touched_member AS m
    INNER JOIN warehouse.module_completion AS t ON m.account_key = t.account_key AND m.edition = t.edition
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.obtained_at AS at
    FROM moved_account AS a
    INNER JOIN warehouse.certificate AS t ON a.account_key = t.account_key
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        t.edition,
        NULL AS event,
        NULL AS survey,
        t.obtained_at AS at
    FROM touched_member AS m
    INNER JOIN warehouse.certificate AS t ON m.account_key = t.account_key AND m.edition = t.edition
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        NULL AS edition,
        t.event,
        NULL AS survey,
        t.registered_at AS at
    FROM moved_account AS a
    INNER JOIN warehouse.attendance AS t ON a.account_key = t.account_key
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        NULL AS edition,
        t.event,
        NULL AS survey,
        t.registered_at AS at
    FROM warehouse.attendance AS t
    INNER JOIN renamed AS n ON n.kind = 'institution' AND t.institution = n.name
    UNION ALL
    SELECT
        NULL AS edition,
        NULL AS event,
        t.survey,
        t.submitted_at AS at
    FROM moved_account AS a
    INNER JOIN warehouse.response AS t ON a.account_key = t.account_key
    WHERE t.valid_from <> :at
    UNION ALL
    SELECT
        NULL AS edition,
        NULL AS event,
        t.survey,
        t.submitted_at AS at
    FROM touched_respondent AS r
    INNER JOIN warehouse.response AS t ON r.account_key = t.account_key AND r.survey = t.survey
    WHERE t.valid_from <> :at
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
        t.sent_at AS at
    FROM warehouse.invitation AS t
    WHERE
        t.target_kind = 'survey'
        AND (
            t.valid_from = :at
            OR t.valid_to = :at
            OR t.account_key IN (SELECT a.account_key FROM moved_account AS a)
            OR t.target IN (SELECT r.survey FROM touched_respondent AS r)
        )
),

-- Each different quarter is written as text once, not each row's.
dated AS (
    SELECT
        q.edition,
        q.event,
        q.survey,
        to_char(q.starts, 'YYYY"-Q"Q') AS period
    FROM (
        SELECT DISTINCT
            t.edition,
            t.event,
            t.survey,
            date_trunc('quarter', t.at AT TIME ZONE :zone) AS starts
        FROM touched AS t
    ) AS q
)

SELECT d.period FROM dated AS d
WHERE d.period IS NOT NULL
UNION
SELECT e.period
FROM dated AS d
INNER JOIN warehouse.course_edition AS e ON d.edition = e.edition
UNION
SELECT to_char(v.held_on, 'YYYY"-Q"Q')
FROM dated AS d
INNER JOIN warehouse.event AS v ON d.event = v.event
UNION
SELECT coalesce(e.period, to_char(v.held_on, 'YYYY"-Q"Q'), to_char(s.closes_on, 'YYYY"-Q"Q'))
FROM dated AS d
INNER JOIN current.survey AS s ON d.survey = s.survey
LEFT JOIN warehouse.course_edition AS e ON s.edition = e.edition
LEFT JOIN warehouse.event AS v ON s.event = v.event
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
