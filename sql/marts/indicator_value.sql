-- One row per version of a quarter's figures, indicator, attribution rule and cell, with a sentence that says how the
-- value follows from its rows. Words and sentences are bound as JSON (:texts), numbers are put into them here.
-- `kind` tells computations from official versions.
-- Inputs: versions, vintages, methods, explained, targets, quarters; the values of results; marts.exclusion.
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

newest AS (
    SELECT DISTINCT ON (t.indicator)
        t.indicator,
        t.definition
    FROM targets AS t
    ORDER BY t.indicator ASC, t.valid_from DESC
),

told AS (
    SELECT
        v.period,
        v.indicator,
        v.official,
        v.attribution,
        v.disaggregation,
        v.category,
        v.value,
        v.numerator,
        v.denominator,
        v.n,
        v.excluded,
        v.response_rate,
        v.obs_status,
        v.target,
        v.percent_of_target,
        v.percent_of_progress,
        v.status,
        v.late,
        v.added,
        v.adjustment,
        v.accumulated,
        'calculo' AS kind,
        s.version,
        s.current,
        (s.current AND o.period IS NULL) AS in_force,
        s.computed_at,
        s.known_at,
        s.definitions_changed,
        t.definition,
        t.target_version,
        CAST(t.definition_version AS bigint) AS definition_version,
        CASE WHEN s.current THEN CAST(:methods AS jsonb) ->> v.indicator END AS method,
        CASE WHEN s.current THEN x.reason END AS deviation_explanation,
        CAST(NULL AS bigint) AS vintage,
        'preliminar' AS vintage_state
    FROM results.indicator_value AS v
    INNER JOIN versions AS s ON v.computation_id = s.computation_id
    LEFT JOIN targets AS t
        ON v.indicator = t.indicator AND t.valid_from <= s.defined_at AND t.valid_to > s.defined_at
    LEFT JOIN vintages AS o ON s.period = o.period AND o.in_force
    LEFT JOIN explained AS x ON v.indicator = x.indicator AND v.period = x.period
    UNION ALL
    SELECT
        v.period,
        v.indicator,
        v.official,
        v.attribution,
        v.disaggregation,
        v.category,
        v.value,
        v.numerator,
        v.denominator,
        v.n,
        v.excluded,
        v.response_rate,
        v.obs_status,
        v.target,
        v.percent_of_target,
        v.percent_of_progress,
        v.status,
        v.late,
        v.added,
        v.adjustment,
        v.accumulated,
        'oficial' AS kind,
        c.vintage AS version,
        FALSE AS current,
        c.in_force,
        c.decided_at AS computed_at,
        c.known_at,
        c.definitions_changed,
        c.definitions -> 'indicators' -> v.indicator AS definition,
        CAST(NULL AS bigint) AS target_version,
        CAST(c.definitions -> 'indicators' -> v.indicator ->> 'version' AS bigint) AS definition_version,
        e.method,
        c.explanations -> v.indicator ->> 'text' AS deviation_explanation,
        c.vintage,
        c.vintage_state
    FROM results.candidate_value AS v
    INNER JOIN vintages AS c ON v.candidate_id = c.candidate_id
    LEFT JOIN results.evidence_set AS e
        ON v.candidate_id = e.candidate_id AND v.indicator = e.indicator AND v.official = e.official
    WHERE v.covers = v.period
),

cell AS (
    SELECT
        c.*,
        coalesce(c.definition, n.definition) AS defined,
        coalesce(c.definition, n.definition) ->> 'measure' AS measure,
        CASE
            WHEN c.obs_status IN ('no_representativo', 'no_calculable', 'n_insuficiente') THEN c.obs_status
        END AS obs_note,
        CASE WHEN c.current AND c.disaggregation = 'total' THEN r.reasons END AS reasons,
        format(
            CAST(:texts AS jsonb) ->> 'method',
            coalesce(c.definition, n.definition) ->> 'version', b.period, b.definition_version
        ) AS method_note,
        b.period AS other_method_until
    FROM told AS c
    LEFT JOIN newest AS n ON c.indicator = n.indicator
    LEFT JOIN reasons AS r
        ON c.indicator = r.indicator AND c.period = r.period AND c.attribution = r.attribution_rule
    LEFT JOIN LATERAL (
        SELECT
            m.period,
            m.definition_version
        FROM methods AS m
        WHERE m.indicator = c.indicator AND m.period < c.period AND m.method <> c.method
        ORDER BY m.period DESC
        LIMIT 1
    ) AS b ON TRUE
),

worded AS (
    SELECT
        c.*,
        CAST(:texts AS jsonb) -> 'how' ->> (
            CASE
                WHEN c.obs_status = 'heredado' THEN 'heredado'
                WHEN c.value IS NOT NULL THEN coalesce(c.measure, 'count')
                WHEN c.obs_status = 'n_a' THEN 'n_a'
                WHEN c.obs_status IN ('no_calculable', 'n_insuficiente') THEN c.obs_status
                ELSE 'n_d'
            END
        ) AS how,
        CAST(:texts AS jsonb) -> 'left_out' ->> (
            CASE WHEN c.excluded = 0 THEN 'none' WHEN c.reasons IS NULL THEN 'some' ELSE 'reasons' END
        ) AS left_out,
        CAST(:texts AS jsonb) -> 'rule' ->> c.attribution AS by_rule,
        CAST(:texts AS jsonb) -> 'span' ->> (c.defined ->> 'span') AS over,
        to_char(
            c.value, 'FM999,999,999,999,990' || coalesce('.' || nullif(repeat('0', scale(c.value)), ''), '')
        ) AS said_value,
        rtrim(to_char(c.numerator, 'FM999,999,999,999,990.######'), '.') AS said_num,
        rtrim(to_char(c.denominator, 'FM999,999,999,999,990.######'), '.') AS said_den,
        -- Only a stage is small enough to be a place in a list: an amount may be thousands of millions.
        CASE
            WHEN c.measure = 'milestone' AND c.value BETWEEN 0 AND 99
                THEN c.defined -> 'stages' ->> CAST(c.value AS integer)
        END AS stage
    FROM cell AS c
)

SELECT
    w.period,
    w.kind,
    w.version,
    w.indicator,
    w.attribution AS attribution_rule,
    w.disaggregation,
    w.category,
    w.current AS is_current,
    w.in_force,
    w.computed_at,
    w.known_at,
    w.definitions_changed,
    w.defined -> 'name' ->> 'es' AS indicator_name,
    w.defined ->> 'line' AS line,
    w.defined ->> 'unit' AS unit,
    w.measure,
    w.defined ->> 'span' AS span,
    q.fy_period,
    w.official,
    w.value,
    w.numerator AS num,
    w.denominator AS den,
    w.n,
    w.excluded,
    100 * w.response_rate AS response_rate,
    CASE
        WHEN w.obs_status = 'n_a' THEN 'n. a.'
        WHEN w.obs_status IN ('n_d', 'no_calculable', 'n_insuficiente') THEN 'n. d.'
        WHEN w.obs_status = 'heredado' THEN 'heredado'
        WHEN w.kind = 'oficial' THEN 'normal'
        ELSE 'preliminar'
    END AS obs_status,
    w.obs_note,
    w.target,
    w.percent_of_target,
    w.percent_of_progress,
    CAST(:texts AS jsonb) -> 'status' ->> w.status AS status,
    w.target_version,
    w.definition_version,
    format(
        concat_ws(
            ' ',
            w.how,
            CASE WHEN w.late > 0 THEN CAST(:texts AS jsonb) ->> 'late' END,
            w.left_out,
            w.by_rule,
            w.over,
            CAST(:texts AS jsonb) -> 'note' ->> w.obs_note
        ),
        w.said_value, w.said_num, w.said_den, w.n, w.excluded, w.reasons, w.stage, w.late
    ) AS explanation,
    w.deviation_explanation,
    CASE WHEN w.other_method_until IS NOT NULL THEN w.method_note END AS method_note,
    w.late,
    w.added,
    w.adjustment,
    w.accumulated,
    w.vintage,
    w.vintage_state
FROM worded AS w
LEFT JOIN quarters AS q ON w.period = q.period
