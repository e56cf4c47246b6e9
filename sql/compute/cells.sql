-- Cells: one row per breakdown and category, all from one pass over the attributed evidence.
-- Distinct persons (:persons) and the latest value (:latest) are worked out only for the measures that need them.
-- A breakdown is one dimension or two crossed; rows without a category stay in the total only.
-- Inputs: evidence.
SELECT
    b.disaggregation,
    b.category,
    count(*) FILTER (WHERE e.excluded IS NULL) AS n,
    count(*) FILTER (WHERE e.excluded IS NOT NULL) AS excluded,
    count(DISTINCT e.person_key) FILTER (WHERE e.excluded IS NULL AND CAST(:persons AS boolean)) AS persons,
    count(*) FILTER (WHERE e.excluded IS NULL AND e.hit) AS hits,
    count(e.hit) FILTER (WHERE e.excluded IS NULL) AS hits_known,
    sum(e.value) FILTER (WHERE e.excluded IS NULL) AS total,
    (
        array_agg(e.value ORDER BY e.at DESC, e.evidence_key ASC)
        FILTER (WHERE e.excluded IS NULL AND CAST(:latest AS boolean))
    )[1] AS latest,
    count(*) FILTER (WHERE e.excluded IS NULL AND e.sex <> 'no_especificado') AS sex_known,
    count(*) FILTER (WHERE e.excluded = 'poblacion_desconocida') AS population_unknown,
    count(*) FILTER (
        WHERE e.excluded = 'enlace_abierto' OR (e.excluded IS NULL AND e.hit IS NULL AND e.by_open_link)
    ) AS by_open_link
FROM evidence AS e
CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
WHERE b.category IS NOT NULL
GROUP BY b.disaggregation, b.category
