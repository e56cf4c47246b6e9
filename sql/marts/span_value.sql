-- One row per version of a quarter's figures (today's, and each official one), indicator, span wider than the quarter
-- and cell of the official line. Inputs: versions, vintages, targets, quarters; the spans of results.
WITH cell AS (
    SELECT
        v.period,
        v.indicator,
        v.covers,
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
        CAST(NULL AS bigint) AS vintage,
        (o.period IS NULL) AS in_force,
        CAST(NULL AS jsonb) AS definition
    FROM results.span_value AS v
    INNER JOIN versions AS s ON v.computation_id = s.computation_id AND s.current
    LEFT JOIN vintages AS o ON s.period = o.period AND o.in_force
    UNION ALL
    SELECT
        v.period,
        v.indicator,
        v.covers,
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
        c.vintage,
        c.in_force,
        c.definitions -> 'indicators' -> v.indicator AS definition
    FROM results.candidate_value AS v
    INNER JOIN vintages AS c ON v.candidate_id = c.candidate_id
    WHERE v.official AND v.covers <> v.period
),

newest AS (
    SELECT DISTINCT ON (t.indicator)
        t.indicator,
        t.definition
    FROM targets AS t
    ORDER BY t.indicator ASC, t.valid_from DESC
)

SELECT
    c.period,
    c.kind,
    c.version,
    c.indicator,
    c.covers,
    c.disaggregation,
    c.category,
    c.vintage,
    (c.kind = 'calculo') AS is_current,
    c.in_force,
    q.fy_period,
    coalesce(c.definition, n.definition) -> 'name' ->> 'es' AS indicator_name,
    coalesce(c.definition, n.definition) ->> 'unit' AS unit,
    coalesce(c.definition, n.definition) ->> 'measure' AS measure,
    c.value,
    c.numerator AS num,
    c.denominator AS den,
    c.n,
    c.excluded,
    c.late,
    c.accumulated,
    CASE
        WHEN c.obs_status = 'n_a' THEN 'n. a.'
        WHEN c.obs_status IN ('n_d', 'no_calculable', 'n_insuficiente') THEN 'n. d.'
        WHEN c.obs_status = 'heredado' THEN 'heredado'
        WHEN c.kind = 'oficial' THEN 'normal'
        ELSE 'preliminar'
    END AS obs_status,
    CASE
        WHEN c.obs_status IN ('no_representativo', 'no_calculable', 'n_insuficiente') THEN c.obs_status
    END AS obs_note,
    c.target,
    c.percent_of_target,
    c.percent_of_progress,
    CAST(:texts AS jsonb) -> 'status' ->> c.status AS status
FROM cell AS c
LEFT JOIN newest AS n ON c.indicator = n.indicator
LEFT JOIN quarters AS q ON c.period = q.period
