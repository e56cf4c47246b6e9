-- One decision a person of several accounts: they stay one when nothing else says so any more. Persons that a decision
-- of the kind holds already are left out. Inputs: current.person_link, ops.decision.
INSERT INTO ops.decision (kind, subject, reason, decided_by, decided_at)
SELECT
    :kind,
    jsonb_build_object('accounts', p.accounts),
    :reason,
    :by,
    clock_timestamp()
FROM (
    SELECT jsonb_agg(k.account_key ORDER BY k.account_key) AS accounts
    FROM current.person_link AS k
    GROUP BY k.person_key
    HAVING count(*) > 1
) AS p
WHERE
    NOT EXISTS (
        SELECT 1 FROM ops.decision AS d
        WHERE d.kind = :kind AND d.subject -> 'accounts' = p.accounts
    )
