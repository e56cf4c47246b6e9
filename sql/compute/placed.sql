-- Placed: attributed rows, each in the one quarter that it counts in. What a vintage counted stays in its quarter; what
-- belongs to a closed quarter and is not in its vintage came late and counts in the next open one; what figures of
-- before cover is excluded. `natural_period` = the quarter it would be of, were nothing closed.
-- Inputs: sql/compute/attributed.sql, sql/compute/published.sql, closed quarters (:closed) with the next open one
-- (:opens), the last quarter with figures of before (:inherited_until; empty = none).
SELECT
    a.evidence_key,
    a.account_key,
    a.at,
    a.at_estimated,
    a.edition,
    a.event,
    a.survey,
    a.module,
    a.source,
    a.value,
    a.hit,
    a.sex,
    a.institution,
    a.state,
    a.organisation_type,
    a.batch_id,
    a.landed_file_id,
    a.position,
    a.course,
    a.by_open_link,
    a.person_key,
    a.thing,
    a.period AS natural_period,
    CASE WHEN a.excluded IS NULL THEN coalesce(p.period, o.opens, a.period) ELSE a.period END AS period,
    (a.excluded IS NULL AND (a.late OR coalesce(p.period, o.opens, a.period) > a.period)) AS late,
    CASE WHEN a.excluded IS NULL AND a.period <= :inherited_until THEN 'valor_heredado' ELSE a.excluded END AS excluded
FROM (
    __attributed__
) AS a
LEFT JOIN (
    __published__
) AS p
    ON
        a.thing = p.thing
        AND coalesce(a.person_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid)) = p.person_key
LEFT JOIN unnest(CAST(:closed AS text[]), CAST(:opens AS text[])) AS o (closed, opens) ON a.period = o.closed
