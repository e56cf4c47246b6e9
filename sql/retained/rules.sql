-- What each rule checks, in the words that a specialist reads: only what differs is written, since a row that is
-- written stays locked as long as a replay. Inputs: :rules = entity, rule, severity, acceptable, what, why, how_to_fix.
INSERT INTO ops.rule (entity, rule, severity, acceptable, what, why, how_to_fix)
SELECT
    n.entity,
    n.rule,
    n.severity,
    n.acceptable,
    n.what,
    n.why,
    n.how_to_fix
FROM
    jsonb_to_recordset(CAST(:rules AS jsonb))
        AS n (
            entity text, rule text, severity text, acceptable boolean, what text, why text, how_to_fix text
        )
LEFT JOIN ops.rule AS k ON n.entity = k.entity AND n.rule = k.rule
WHERE
    k.rule IS NULL
    OR ROW(k.severity, k.acceptable, k.what, k.why, k.how_to_fix)
    <> ROW(n.severity, n.acceptable, n.what, n.why, n.how_to_fix)
ORDER BY n.entity ASC, n.rule ASC
ON CONFLICT (entity, rule) DO UPDATE
    SET
        severity = excluded.severity,
        acceptable = excluded.acceptable,
        what = excluded.what,
        why = excluded.why,
        how_to_fix = excluded.how_to_fix
