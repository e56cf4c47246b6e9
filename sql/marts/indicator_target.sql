-- One row per indicator, quarter and version of its targets. A quarter before a revision keeps the old value: that of
-- the first revision that is in force later. Inputs: targets (sql/marts/_targets.sql), quarters.
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
),

revision AS (
    SELECT
        v.indicator,
        v.target_version,
        r.number,
        r.item ->> 'what' AS what,
        r.item ->> 'period' AS covers,
        r.item ->> 'effective_from' AS effective_from,
        CAST(r.item ->> 'old' AS numeric) AS old_value
    FROM version AS v
    CROSS JOIN
        LATERAL jsonb_array_elements(coalesce(v.definition -> 'revisions', CAST('[]' AS jsonb)))
        WITH ORDINALITY AS r (item, number)
    WHERE coalesce(r.item ->> 'disaggregation', 'total') = 'total'
),

promised AS (
    SELECT
        v.indicator,
        v.target_version,
        v.valid_from,
        v.in_force,
        q.period,
        s.what,
        s.covers,
        s.value
    FROM version AS v
    CROSS JOIN quarters AS q
    CROSS JOIN LATERAL (
        VALUES
        ('target', q.period, CAST(v.definition -> 'targets' ->> q.period AS numeric)),
        ('target', 'project', CAST(v.definition ->> 'life_of_project_target' AS numeric)),
        ('baseline', NULL, CAST(v.definition -> 'baseline' ->> 'value' AS numeric))
    ) AS s (what, covers, value)
),

held AS (
    SELECT
        p.*,
        CASE WHEN r.number IS NULL THEN p.value ELSE r.old_value END AS told
    FROM promised AS p
    LEFT JOIN LATERAL (
        SELECT
            x.number,
            x.old_value
        FROM revision AS x
        WHERE
            x.indicator = p.indicator
            AND x.target_version = p.target_version
            AND x.what = p.what
            AND x.covers IS NOT DISTINCT FROM p.covers
            AND x.effective_from > p.period
        ORDER BY x.number
        LIMIT 1
    ) AS r ON TRUE
)

SELECT
    h.indicator,
    h.period,
    h.target_version,
    max(h.told) FILTER (WHERE h.covers = h.period) AS target,
    max(h.told) FILTER (WHERE h.covers = 'project') AS life_of_project_target,
    max(h.told) FILTER (WHERE h.what = 'baseline') AS baseline,
    h.in_force,
    h.valid_from
FROM held AS h
GROUP BY h.indicator, h.period, h.target_version, h.in_force, h.valid_from
