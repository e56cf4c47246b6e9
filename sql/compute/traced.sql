-- Traced: the rows behind a figure with their landed files: one row per row of evidence.
-- Inputs: the temporary table evidence (placing.gather), ops.landed_file.
SELECT
    e.evidence_key,
    e.account_key,
    e.at,
    e.at_estimated,
    e.edition,
    e.event,
    e.survey,
    e.module,
    e.source,
    e.value,
    e.hit,
    e.excluded,
    e.sex,
    e.institution,
    e.state,
    e.organisation_type,
    e.batch_id,
    e.landed_file_id,
    e.position,
    CAST(NULL AS text) AS document,
    e.course,
    e.person_key,
    e.period,
    e.late,
    f.dataset,
    f.path,
    f.sha256
FROM evidence AS e
LEFT JOIN ops.landed_file AS f ON e.landed_file_id = f.landed_file_id
ORDER BY e.evidence_key
