-- certificate: one row per account and edition, obtained at the first of its issues; the same judgement as
-- module_completion.
-- Inputs: good.certificate, staging.same_key, current.certificate, current.enrolment.
WITH staged AS NOT MATERIALIZED (
    SELECT
        s.staged_id,
        s.record_no,
        s.account_key,
        s.edition,
        s.state,
        CASE WHEN CAST(s.obtained_at AS timestamptz) >= '2000-01-01' THEN CAST(s.obtained_at AS timestamptz) END
            AS obtained_at
    FROM good.certificate AS s
),

-- A list may hold a certificate and its re-issues: they are the first one, and no conflict. Validation
-- noted their rows.
issued AS (
    SELECT
        s.account_key,
        s.edition,
        min(s.obtained_at) AS first_at
    FROM staged AS s
    INNER JOIN staging.same_key AS k
        ON k.batch_id = :batch_id AND k.entity = 'certificate' AND s.staged_id = k.staged_id
    WHERE s.state = 'obtained'
    GROUP BY s.account_key, s.edition
),

judged AS (
    SELECT
        s.*,
        c.state AS known_state,
        c.obtained_at AS known_obtained_at,
        (
            c.state = 'obtained'
            AND coalesce(e.active AND e.vanished_at IS NULL AND NOT e.stale, FALSE)
            AND coalesce(e.gap_closed_at <= c.valid_from, TRUE)
        ) AS undoes
    FROM staged AS s
    LEFT JOIN current.certificate AS c
        ON s.account_key = c.account_key AND c.source = :source AND s.edition = c.edition
    LEFT JOIN current.enrolment AS e
        ON c.account_key = e.account_key AND e.source = :source AND c.edition = e.edition
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
            THEN least(j.known_obtained_at, j.obtained_at, u.first_at)
        WHEN j.state = 'not_obtained' THEN NULL
        ELSE least(j.obtained_at, u.first_at)
    END AS obtained_at
FROM judged AS j
LEFT JOIN issued AS u ON j.account_key = u.account_key AND j.edition = u.edition
