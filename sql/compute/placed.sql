-- Placed: attributed rows, each in the one quarter that it counts in. What a vintage counted stays in its quarter; what
-- belongs to a closed quarter and is not in its vintage came late and counts in the next open one; what figures of
-- before cover and no vintage counted is excluded.
-- `natural_period` = the quarter it would be of, were nothing closed; `moved` = it counts in
-- the next open one. Whoever has no category of sex, institution, state or organisation is `no_especificado`; typed
-- figures have none.
-- Inputs: sql/compute/published.sql or nothing_published.sql (attributed rows), the last quarter with figures of before
-- (:inherited_until; empty = none).
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
    coalesce(a.sex, a.unspecified) AS sex,
    coalesce(a.institution, a.unspecified) AS institution,
    coalesce(a.state, a.unspecified) AS state,
    coalesce(a.organisation_type, a.unspecified) AS organisation_type,
    a.batch_id,
    a.landed_file_id,
    a.position,
    a.course,
    a.by_open_link,
    a.person_key,
    a.thing,
    a.period AS natural_period,
    a.late AS late_by_itself,
    (a.excluded IS NULL AND a.published_in IS NULL AND a.opens IS NOT NULL) AS moved,
    CASE WHEN a.excluded IS NULL THEN coalesce(a.published_in, a.opens, a.period) ELSE a.period END AS period,
    (a.excluded IS NULL AND (a.late OR coalesce(a.published_in, a.opens, a.period) > a.period)) AS late,
    CASE
        WHEN
            a.excluded IS NULL
            AND a.published_in IS NULL
            AND :inherited_until <> ''
            AND a.period <= :inherited_until
            THEN 'valor_heredado'
        ELSE a.excluded
    END AS excluded
FROM (
    SELECT
        t.*,
        CASE WHEN t.account_key IS NOT NULL THEN 'no_especificado' END AS unspecified
    FROM (
        __published__
    ) AS t
    -- Keeps this a subquery: quarter and exclusion are worked out once a row, not wherever they are named.
    OFFSET 0  -- noqa: AM09
) AS a
