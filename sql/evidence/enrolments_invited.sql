-- Evidence: one row per enrolment of the population; hit = it entered the course. Editions whose invited population is
-- not known are excluded: no coverage is ever computed from the people enrolled alone.
-- Inputs: shared.participation.
SELECT
    concat_ws('/', p.edition, p.source, p.account_key) AS evidence_key,
    p.account_key,
    coalesce(p.entered_at, p.opens_at) AS at,
    p.entered_estimated AS at_estimated,
    p.edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    CAST(NULL AS text) AS module,
    p.source,
    CAST(NULL AS numeric) AS value,
    (p.entered_at IS NOT NULL) AS hit,
    CASE
        WHEN p.population <> 'enrolled' THEN 'poblacion_desconocida'
        WHEN p.place > 1 THEN 'otra_cuenta_de_la_persona'
    END AS excluded,
    p.sex,
    p.institution,
    p.state,
    p.organisation_type,
    p.batch_id,
    p.landed_file_id,
    p.position
FROM shared.participation AS p
WHERE p.enrolled
