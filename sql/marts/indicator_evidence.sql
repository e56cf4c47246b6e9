-- One row per indicator and row of evidence of its official line, counted or not, in the quarter it counts in as known
-- now. Inputs: the placed rows of all indicators in force, methods, vintages, quarters; ops.landed_file.
SELECT
    b.indicator,
    b.evidence_key,
    b.attribution AS attribution_rule,
    b.account_key,
    b.person_key,
    b.source,
    b.period,
    q.fy_period,
    b.natural_period,
    b.late,
    (b.excluded IS NULL) AS counted,
    b.excluded,
    coalesce(CAST(:reasons AS jsonb) ->> b.excluded, b.excluded) AS reason_text,
    b.at,
    b.at_estimated,
    b.value,
    b.hit,
    b.course,
    b.edition,
    b.event,
    b.survey,
    b.module,
    b.sex,
    b.institution,
    b.state,
    b.organisation_type,
    CASE WHEN b.excluded IS NULL AND m.method = b.method THEN v.vintage END AS vintage,
    b.batch_id,
    b.landed_file_id,
    f.dataset,
    f.sha256,
    b.position
FROM __behind__ AS b
LEFT JOIN methods AS m ON b.indicator = m.indicator AND b.period = m.period
LEFT JOIN vintages AS v ON m.candidate_id = v.candidate_id
LEFT JOIN ops.landed_file AS f ON b.landed_file_id = f.landed_file_id
LEFT JOIN quarters AS q ON b.period = q.period
