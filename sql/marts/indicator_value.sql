-- One row per version of a quarter's figures, indicator, attribution rule and cell, with a sentence that says how the
-- value follows from its rows. Words and sentences are bound as JSON (:texts), numbers are put into them here.
-- Inputs: versions, targets, quarters; the values of results; marts.exclusion.
WITH reasons AS (
    SELECT
        x.indicator,
        x.period,
        x.attribution_rule,
        string_agg(
            to_char(x.rows, 'FM999,999,999,990') || ' (' || rtrim(x.reason_text, '.') || ')',
            '; ' ORDER BY x.rows DESC, x.reason_text ASC
        ) AS reasons
    FROM (
        SELECT
            e.indicator,
            e.period,
            e.attribution_rule,
            e.reason_text,
            sum(e.rows) AS rows
        FROM marts.exclusion AS e
        GROUP BY e.indicator, e.period, e.attribution_rule, e.reason_text
    ) AS x
    GROUP BY x.indicator, x.period, x.attribution_rule
),

cell AS (
    SELECT
        v.*,
        s.version,
        s.current,
        s.computed_at,
        s.known_at,
        s.definitions_changed,
        coalesce(t.definition, newest.definition) AS definition,
        t.target_version,
        t.definition_version,
        coalesce(t.definition, newest.definition) ->> 'measure' AS measure,
        CASE WHEN v.obs_status IN ('no_representativo', 'no_calculable') THEN v.obs_status END AS obs_note,
        CASE WHEN s.current AND v.disaggregation = 'total' THEN r.reasons END AS reasons
    FROM results.indicator_value AS v
    INNER JOIN versions AS s ON v.computation_id = s.computation_id
    LEFT JOIN targets AS t
        ON v.indicator = t.indicator AND t.valid_from <= s.defined_at AND t.valid_to > s.defined_at
    LEFT JOIN (
        SELECT DISTINCT ON (n.indicator)
            n.indicator,
            n.definition
        FROM targets AS n
        ORDER BY n.indicator ASC, n.valid_from DESC
    ) AS newest ON v.indicator = newest.indicator
    LEFT JOIN reasons AS r
        ON v.indicator = r.indicator AND v.period = r.period AND v.attribution = r.attribution_rule
),

worded AS (
    SELECT
        c.*,
        CAST(:texts AS jsonb) -> 'how' ->> (
            CASE
                WHEN c.value IS NOT NULL THEN coalesce(c.measure, 'count')
                WHEN c.obs_status = 'n_a' THEN 'n_a'
                WHEN c.obs_status = 'no_calculable' THEN 'no_calculable'
                ELSE 'n_d'
            END
        ) AS how,
        CAST(:texts AS jsonb) -> 'left_out' ->> (
            CASE WHEN c.excluded = 0 THEN 'none' WHEN c.reasons IS NULL THEN 'some' ELSE 'reasons' END
        ) AS left_out,
        CAST(:texts AS jsonb) -> 'rule' ->> c.attribution AS by_rule,
        CAST(:texts AS jsonb) -> 'span' ->> (c.definition ->> 'span') AS over,
        to_char(
            c.value, 'FM999,999,999,990' || coalesce('.' || nullif(repeat('0', scale(c.value)), ''), '')
        ) AS said_value,
        rtrim(to_char(c.numerator, 'FM999,999,999,990.######'), '.') AS said_num,
        rtrim(to_char(c.denominator, 'FM999,999,999,990.######'), '.') AS said_den,
        c.definition -> 'stages' ->> CAST(c.value AS integer) AS stage
    FROM cell AS c
)

SELECT
    w.period,
    w.version,
    w.indicator,
    w.attribution AS attribution_rule,
    w.disaggregation,
    w.category,
    w.current AS is_current,
    w.computed_at,
    w.known_at,
    w.definitions_changed,
    w.definition -> 'name' ->> 'es' AS indicator_name,
    w.definition ->> 'line' AS line,
    w.definition ->> 'unit' AS unit,
    w.measure,
    w.definition ->> 'span' AS span,
    q.fy_period,
    w.official,
    w.value,
    w.numerator AS num,
    w.denominator AS den,
    w.n,
    w.excluded,
    100 * w.response_rate AS response_rate,
    CASE w.obs_status
        WHEN 'n_a' THEN 'n. a.' WHEN 'n_d' THEN 'n. d.' WHEN 'no_calculable' THEN 'n. d.' ELSE 'preliminar'
    END AS obs_status,
    w.obs_note,
    w.target,
    w.percent_of_target,
    CAST(:texts AS jsonb) -> 'status' ->> w.status AS status,
    w.target_version,
    w.definition_version,
    format(
        concat_ws(' ', w.how, w.left_out, w.by_rule, w.over, CAST(:texts AS jsonb) -> 'note' ->> w.obs_note),
        w.said_value, w.said_num, w.said_den, w.n, w.excluded, w.reasons, w.stage
    ) AS explanation,
    CAST(NULL AS bigint) AS vintage,
    'preliminar' AS vintage_state
FROM worded AS w
LEFT JOIN quarters AS q ON w.period = q.period
