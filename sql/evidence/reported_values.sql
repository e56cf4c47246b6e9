-- Evidence: one row per figure typed for an indicator (:indicator). It belongs to the quarter it was typed for: a day
-- outside of that quarter is moved to its last second and flagged. A breakdown typed beside a total is excluded.
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
        (t.reported_on >= t.starts AND t.reported_on < t.starts + interval '3 months') AS inside
    FROM typed AS t
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
    CAST(NULL AS boolean) AS hit,
    CASE WHEN d.disaggregation <> 'total' THEN 'desglose_capturado' END AS excluded,
    CAST(NULL AS text) AS sex,
    CASE WHEN d.disaggregation = 'institution' THEN d.category END AS institution,
    CASE WHEN d.disaggregation = 'state' THEN d.category END AS state,
    CAST(NULL AS text) AS organisation_type,
    d.batch_id,
    d.landed_file_id,
    d.position
FROM dated AS d
