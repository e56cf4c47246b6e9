-- By which method the official figures in force were made: one row per quarter and indicator.
-- Inputs: vintages (sql/marts/_vintages.sql), results.evidence_set.
SELECT
    e.indicator,
    v.period,
    v.candidate_id,
    e.method,
    e.definition_version
FROM vintages AS v
INNER JOIN results.evidence_set AS e ON v.candidate_id = e.candidate_id AND e.official
WHERE v.in_force AND v.kind <> 'inherited'
