-- Responses as evidence: one row per response that is there; incomplete and repeated ones are excluded. With these
-- columns sql/compute/attributed.sql gives each its quarter, as it does for every figure.
-- Inputs: shared.responses.
SELECT
    concat_ws('/', r.survey, r.response_id) AS evidence_key,
    r.account_key,
    r.at,
    FALSE AS at_estimated,
    r.edition,
    r.event,
    r.survey,
    CAST(NULL AS text) AS module,
    r.source,
    CAST(NULL AS numeric) AS value,
    CAST(NULL AS boolean) AS hit,
    CASE
        WHEN NOT r.complete THEN 'respuesta_incompleta'
        WHEN r.turn > 1 THEN 'respuesta_repetida'
    END AS excluded,
    r.sex,
    r.institution,
    r.state,
    CAST(NULL AS text) AS organisation_type,
    r.batch_id,
    r.landed_file_id,
    r.position
FROM shared.responses AS r
