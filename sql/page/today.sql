-- Behind an indicator's official line with what is known today: one row per row of evidence, in the order of its key.
-- Inputs: marts.indicator_evidence.
SELECT
    e.evidence_key AS place,
    e.evidence_key,
    e.account_key,
    e.person_key,
    e.period,
    e.late,
    e.at,
    e.at_estimated,
    e.source,
    e.course,
    e.edition,
    e.event,
    e.survey,
    e.module,
    e.sex,
    e.institution,
    e.state,
    e.organisation_type,
    e.value,
    e.hit,
    e.excluded,
    e.batch_id,
    e.landed_file_id,
    e.dataset,
    e.sha256,
    e.position,
    CAST(NULL AS text) AS document
FROM marts.indicator_evidence AS e
WHERE e.indicator = :indicator AND e.period >= :first AND e.period <= :last
