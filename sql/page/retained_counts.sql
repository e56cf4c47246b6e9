-- Retained rows that wait for a decision, in the words of the rules: one row per source, dataset, entity and rule.
-- Inputs: ops.retained_count, rule.
SELECT
    c.source,
    c.dataset,
    c.entity,
    c.rule,
    c.rows,
    coalesce(own.severity, common.severity) AS severity,
    coalesce(own.what, common.what) AS what,
    coalesce(own.why, common.why) AS why,
    coalesce(own.how_to_fix, common.how_to_fix) AS how_to_fix
FROM ops.retained_count AS c
LEFT JOIN ops.rule AS own ON c.entity = own.entity AND c.rule = own.rule
LEFT JOIN ops.rule AS common ON common.entity = '*' AND c.rule = common.rule
WHERE c.state = 'open' AND c.rows > 0
ORDER BY c.rows DESC, c.source ASC, c.dataset ASC, c.entity ASC, c.rule ASC
