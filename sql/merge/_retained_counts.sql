-- Retained rows of a source by rule and state, as they are counted for those who may not see them.
-- Inputs: quarantine.row.
INSERT INTO ops.retained_count (source, dataset, entity, rule, state, rows)
SELECT
    q.source,
    q.dataset,
    q.entity,
    q.rule,
    q.state,
    count(*) AS rows
FROM quarantine.row AS q
WHERE q.source = :source
GROUP BY q.source, q.dataset, q.entity, q.rule, q.state
