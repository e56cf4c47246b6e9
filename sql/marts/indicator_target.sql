-- One row per indicator, quarter and version of its targets. Inputs: targets (sql/marts/_targets.sql), quarters.
WITH version AS (
    SELECT DISTINCT ON (t.indicator, t.target_version)
        t.indicator,
        t.target_version,
        t.definition,
        min(t.valid_from) OVER same_version AS valid_from,
        bool_or(t.valid_to = 'infinity' AND t.vanished_at IS NULL) OVER same_version AS in_force
    FROM targets AS t
    WINDOW same_version AS (PARTITION BY t.indicator, t.target_version)
    ORDER BY t.indicator ASC, t.target_version ASC, t.valid_from DESC
)

SELECT
    v.indicator,
    q.period,
    v.target_version,
    CAST(v.definition -> 'targets' ->> q.period AS numeric) AS target,
    CAST(v.definition ->> 'life_of_project_target' AS numeric) AS life_of_project_target,
    CAST(v.definition -> 'baseline' ->> 'value' AS numeric) AS baseline,
    v.in_force,
    v.valid_from
FROM version AS v
CROSS JOIN quarters AS q
