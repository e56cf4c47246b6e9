-- Behind a line as a closed quarter sees it with what is known today: one row per row of evidence.
-- Inputs: the temporary table evidence (placing.gather), ops.landed_file.
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
    f.dataset,
    f.sha256,
    e.position,
    CAST(NULL AS text) AS document
FROM pg_temp.evidence AS e
LEFT JOIN ops.landed_file AS f ON e.landed_file_id = f.landed_file_id
