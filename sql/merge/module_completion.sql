-- module_completion: one row per account, edition and module.
-- `completed_at` is the earliest time in the present unbroken completed state. A state «not completed» undoes a
-- completion only if the learner was active from start to end of this batch and without a gap since the completion;
-- after a gap (un-enrolled, suspended, vanished) platforms empty the state: it is kept as `reset` and still counts.
-- A date before 2000 (platforms write 1970 or 1980) is no instant.
-- Inputs: good.module_completion, current.module_completion, current.enrolment.
WITH staged AS (
    SELECT
        s.staged_id,
        s.record_no,
        s.account_key,
        s.edition,
        s.module,
        s.state,
        CASE WHEN CAST(s.completed_at AS timestamptz) >= '2000-01-01' THEN CAST(s.completed_at AS timestamptz) END
            AS completed_at
    FROM good.module_completion AS s
),

judged AS (
    SELECT
        s.*,
        c.state AS known_state,
        c.completed_at AS known_completed_at,
        (
            c.state = 'completed'
            AND coalesce(e.active AND e.vanished_at IS NULL AND NOT e.stale, FALSE)
            AND coalesce(e.gap_closed_at <= c.valid_from, TRUE)
        ) AS undoes
    FROM staged AS s
    LEFT JOIN current.module_completion AS c
        ON
            s.account_key = c.account_key
            AND c.source = :source
            AND s.edition = c.edition
            AND s.module = c.module
    LEFT JOIN current.enrolment AS e
        ON c.account_key = e.account_key AND e.source = :source AND c.edition = e.edition
)

SELECT
    j.staged_id,
    j.record_no,
    j.account_key,
    j.edition,
    j.module,
    CASE
        WHEN j.state = 'not_completed' AND j.known_state IN ('completed', 'reset') AND NOT j.undoes THEN 'reset'
        ELSE j.state
    END AS state,
    CASE
        WHEN j.state = 'not_completed' AND j.known_state IN ('completed', 'reset') AND NOT j.undoes
            THEN j.known_completed_at
        WHEN j.state = 'completed' AND j.known_state IN ('completed', 'reset')
            THEN least(j.known_completed_at, j.completed_at)
        WHEN j.state = 'not_completed' THEN NULL
        ELSE j.completed_at
    END AS completed_at
FROM judged AS j
