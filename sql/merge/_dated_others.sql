-- What stands beside that which a batch wrote: other versions of the accounts it moved, and of everybody whose results
-- what it wrote decides about. What is touched of one account moves more: the enrolment of a person decides about the
-- results of all its accounts in the edition, a response about the others of its account, and about an invitation sent
-- in another quarter. One row per edition, event, survey and place of a quarter (see _dated.sql).
-- Inputs: moved_account (_moved_accounts.sql), renamed (_renamed.sql), __written__ (_written.sql), and the versions of
-- facts, options and invitations.
INSERT INTO dated (edition, event, survey, place)
WITH touched_member AS (
    SELECT DISTINCT
        m.account_key,
        w.edition
    FROM (
        SELECT DISTINCT
            t.account_key,
            t.edition
        FROM __written__ AS t
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
    FROM __written__ AS w
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
)

SELECT DISTINCT
    t.edition,
    t.event,
    t.survey,
    width_bucket(t.at, CAST(:borders AS timestamptz[])) AS place
FROM touched AS t
