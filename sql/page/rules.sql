-- Rule results of batches in the words of the rules: one row per batch, entity and rule, those that failed first.
-- Inputs: ops.rule_result, rule.
SELECT
    r.batch_id,
    r.entity,
    r.rule,
    r.severity,
    r.checked,
    r.failed,
    coalesce(own.what, common.what) AS what,
    coalesce(own.why, common.why) AS why,
    coalesce(own.how_to_fix, common.how_to_fix) AS how_to_fix
FROM ops.rule_result AS r
LEFT JOIN ops.rule AS own ON r.entity = own.entity AND r.rule = own.rule
LEFT JOIN ops.rule AS common ON common.entity = '*' AND r.rule = common.rule
WHERE r.batch_id = ANY(CAST(:batches AS bigint[])) AND (r.failed > 0 OR NOT :only_failed)
ORDER BY (r.failed = 0) ASC, r.severity ASC, r.batch_id DESC, r.entity ASC, r.rule ASC
