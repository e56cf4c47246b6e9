-- Traced: the rows that an official version keeps of an indicator's official line, with their landed files: one row per
-- row of evidence. Inputs: results.candidate, evidence_set, evidence; ops.landed_file.
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
    e.document,
    e.course,
    e.person_key,
    e.period,
    e.late,
    f.dataset,
    f.path,
    f.sha256
FROM results.candidate AS c
INNER JOIN results.evidence_set AS s
    ON c.candidate_id = s.candidate_id AND s.indicator = :indicator AND s.official
INNER JOIN results.evidence AS e
    ON s.set_id = e.set_id AND e.period >= s.first_period AND e.period <= s.last_period
LEFT JOIN ops.landed_file AS f ON e.landed_file_id = f.landed_file_id
WHERE c.period = :period AND c.state = 'vintage' AND c.vintage = :vintage
ORDER BY e.evidence_key, e.row_no
