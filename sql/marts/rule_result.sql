-- One row per batch, entity and rule, in the words of the rule. Inputs: ops.rule_result, batch, rule.
SELECT
    r.batch_id,
    r.entity,
    r.rule,
    b.source,
    b.merged_at,
    r.severity,
    r.checked,
    r.failed,
    coalesce(own.what, common.what) AS what,
    coalesce(own.why, common.why) AS why,
    coalesce(own.how_to_fix, common.how_to_fix) AS how_to_fix
FROM ops.rule_result AS r
LEFT JOIN ops.batch AS b ON r.batch_id = b.batch_id
LEFT JOIN ops.rule AS own ON r.entity = own.entity AND r.rule = own.rule
LEFT JOIN ops.rule AS common ON common.entity = '*' AND r.rule = common.rule
