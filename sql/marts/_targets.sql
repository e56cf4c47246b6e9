-- The history of the indicators' definitions: one row per version, with the number of its targets' version.
-- Inputs: the history of indicator.
WITH promised AS (
    SELECT
        i.*,
        CAST(
            ROW(i.definition -> 'targets', i.definition -> 'life_of_project_target', i.definition -> 'baseline') AS text
        ) AS targets
    FROM warehouse.indicator AS i
),

compared AS (
    SELECT
        p.*,
        CASE WHEN p.targets = lag(p.targets) OVER same_indicator THEN 0 ELSE 1 END AS moved
    FROM promised AS p
    WINDOW same_indicator AS (PARTITION BY p.indicator ORDER BY p.valid_from)
)

SELECT
    c.indicator,
    c.definition,
    c.version AS definition_version,
    c.valid_from,
    c.valid_to,
    c.vanished_at,
    sum(c.moved) OVER (PARTITION BY c.indicator ORDER BY c.valid_from) AS target_version
FROM compared AS c
