-- One row per indicator, what a target covers, breakdown and category: the target of today's definition.
-- Inputs: targets (sql/marts/_targets.sql).
WITH held AS (
    SELECT
        t.indicator,
        t.definition
    FROM targets AS t
    WHERE t.valid_to = 'infinity' AND t.vanished_at IS NULL
)

SELECT
    h.indicator,
    g.key AS covers,
    'total' AS disaggregation,
    'total' AS category,
    CAST(g.value AS numeric) AS target
FROM held AS h
CROSS JOIN LATERAL jsonb_each_text(h.definition -> 'targets') AS g (key, value)
WHERE g.key <> 'project'
UNION ALL
SELECT
    h.indicator,
    'project' AS covers,
    'total' AS disaggregation,
    'total' AS category,
    CAST(h.definition ->> 'life_of_project_target' AS numeric) AS target
FROM held AS h
WHERE h.definition ->> 'life_of_project_target' IS NOT NULL
UNION ALL
SELECT
    h.indicator,
    c.item ->> 'period' AS covers,
    c.item ->> 'disaggregation' AS disaggregation,
    c.item ->> 'category' AS category,
    CAST(c.item ->> 'target' AS numeric) AS target
FROM held AS h
CROSS JOIN LATERAL jsonb_array_elements(coalesce(h.definition -> 'category_targets', CAST('[]' AS jsonb))) AS c (item)
