-- certificate: one row per account and edition; the same judgement as module_completion.
-- Inputs: good.certificate, current.certificate, current.enrolment, warehouse.enrolment (its gaps).
WITH staged AS (
    SELECT
        s.staged_id,
        s.record_no,
        s.account_key,
        s.edition,
        s.state,
        CAST(s.obtained_at AS timestamptz) AS obtained_at
    FROM good.certificate AS s
),

judged AS (
    SELECT
        s.*,
        c.state AS known_state,
        c.obtained_at AS known_obtained_at,
        (
            coalesce(e.active AND e.vanished_at IS NULL, FALSE)
            AND NOT EXISTS (
                SELECT 1
                FROM warehouse.enrolment AS gap
                WHERE
                    gap.account_key = s.account_key
                    AND gap.source = :source
                    AND gap.edition = s.edition
                    AND gap.valid_to > c.valid_from
                    AND (NOT gap.active OR gap.vanished_at IS NOT NULL)
            )
        ) AS undoes
    FROM staged AS s
    LEFT JOIN current.certificate AS c
        ON s.account_key = c.account_key AND c.source = :source AND s.edition = c.edition
    LEFT JOIN current.enrolment AS e
        ON s.account_key = e.account_key AND e.source = :source AND s.edition = e.edition
)

SELECT
    j.staged_id,
    j.record_no,
    j.account_key,
    j.edition,
    CASE
        WHEN j.state = 'not_obtained' AND j.known_state IN ('obtained', 'reset') AND NOT j.undoes THEN 'reset'
        ELSE j.state
    END AS state,
    CASE
        WHEN j.state = 'not_obtained' AND j.known_state IN ('obtained', 'reset') AND NOT j.undoes
            THEN j.known_obtained_at
        WHEN
            j.state = 'obtained' AND j.known_state IN ('obtained', 'reset')
            THEN least(j.known_obtained_at, j.obtained_at)
        WHEN j.state = 'not_obtained' THEN NULL
        ELSE j.obtained_at
    END AS obtained_at
FROM judged AS j
