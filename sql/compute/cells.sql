-- Cells: one row per breakdown, category and quarter; those of several quarters add up.
-- Rows are first counted by all dimensions at once, so that each is looked at once however many breakdowns there are.
-- A breakdown is one dimension or two crossed; rows without a category stay in the total only, and a figure typed for
-- a breakdown beside a total (no account, hit false) in its breakdown only. Rows without a quarter are told, too (an
-- empty text): they say that there is evidence. Rows of other editions or events than those asked for are left out.
-- Inputs: placed rows.
SELECT
    b.disaggregation,
    b.category,
    coalesce(f.period, '') AS period,
    CAST(sum(f.n) AS bigint) AS n,
    CAST(sum(f.excluded) AS bigint) AS excluded,
    CAST(sum(f.late) AS bigint) AS late,
    CAST(sum(f.hits) AS bigint) AS hits,
    CAST(sum(f.hits_known) AS bigint) AS hits_known,
    sum(f.total) AS total,
    CAST(sum(f.sex_known) AS bigint) AS sex_known,
    CAST(sum(f.population_unknown) AS bigint) AS population_unknown,
    CAST(sum(f.by_open_link) AS bigint) AS by_open_link
FROM (
    SELECT
        __dimensions__,
        (e.account_key IS NULL AND e.hit IS FALSE) AS part,
        count(*) FILTER (WHERE e.excluded IS NULL) AS n,
        count(*) FILTER (WHERE e.excluded IS NOT NULL) AS excluded,
        count(*) FILTER (WHERE e.excluded IS NULL AND e.late) AS late,
        count(*) FILTER (WHERE e.excluded IS NULL AND e.hit) AS hits,
        count(e.hit) FILTER (WHERE e.excluded IS NULL) AS hits_known,
        sum(e.value) FILTER (WHERE e.excluded IS NULL) AS total,
        count(*) FILTER (WHERE e.excluded IS NULL AND e.sex <> 'no_especificado') AS sex_known,
        count(*) FILTER (WHERE e.excluded = 'poblacion_desconocida') AS population_unknown,
        count(*) FILTER (
            WHERE e.excluded = 'enlace_abierto' OR (e.excluded IS NULL AND e.hit IS NULL AND e.by_open_link)
        ) AS by_open_link
    FROM __placed__ AS e
    WHERE
        coalesce(e.edition = CAST(:only_edition AS text), TRUE)
        AND coalesce(e.event = CAST(:only_event AS text), TRUE)
    GROUP BY __dimensions__, (e.account_key IS NULL AND e.hit IS FALSE)
) AS f
CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
WHERE b.category IS NOT NULL
GROUP BY b.disaggregation, b.category, coalesce(f.period, '')
