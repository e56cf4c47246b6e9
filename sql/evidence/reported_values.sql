-- Evidence: one row per figure typed for an indicator (:indicator). It belongs to the quarter it was typed for: a day
-- outside of that quarter is moved to its last second and flagged. A figure typed for a category counts in its
-- breakdown; hit = it counts in the total, too, since none was typed for the quarter (of several breakdowns the first
-- by name). A breakdown by something that no figure has a category of is excluded.
-- Inputs: asof.reported_value.
WITH typed AS (
    SELECT
        r.*,
        CAST(
            make_date(CAST(left(r.period, 4) AS integer), 3 * CAST(right(r.period, 1) AS integer) - 2, 1) AS timestamp
        ) AS starts
    FROM asof.reported_value AS r
    WHERE r.indicator = :indicator AND r.vanished_at IS NULL
),

dated AS (
    SELECT
        t.*,
        (t.reported_on >= t.starts AND t.reported_on < t.starts + interval '3 months') AS inside,
        (t.disaggregation IN ('sex', 'institution', 'state', 'organisation_type')) AS known,
        bool_or(t.disaggregation = 'total') OVER same_quarter AS with_total,
        min(t.disaggregation) FILTER (
            WHERE t.disaggregation IN ('sex', 'institution', 'state', 'organisation_type')
        ) OVER same_quarter AS first_breakdown
    FROM typed AS t
    WINDOW same_quarter AS (PARTITION BY t.period)
)

SELECT
    concat_ws('/', d.indicator, d.period, d.disaggregation, d.category, d.source) AS evidence_key,
    CAST(NULL AS uuid) AS account_key,
    CASE
        WHEN d.inside THEN CAST(d.reported_on AS timestamp)
        ELSE d.starts + interval '3 months' - interval '1 second'
    END AT TIME ZONE :zone AS at,
    (NOT d.inside) AS at_estimated,
    CAST(NULL AS text) AS edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    CAST(NULL AS text) AS module,
    d.source,
    d.value,
    CASE WHEN d.known THEN NOT d.with_total AND d.disaggregation = d.first_breakdown END AS hit,
    CASE WHEN d.disaggregation <> 'total' AND NOT d.known THEN 'desglose_capturado' END AS excluded,
    CASE WHEN d.disaggregation = 'sex' THEN d.category END AS sex,
    CASE WHEN d.disaggregation = 'institution' THEN d.category END AS institution,
    CASE WHEN d.disaggregation = 'state' THEN d.category END AS state,
    CASE WHEN d.disaggregation = 'organisation_type' THEN d.category END AS organisation_type,
    d.batch_id,
    d.landed_file_id,
    d.position
FROM dated AS d
