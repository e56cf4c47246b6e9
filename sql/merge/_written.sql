-- What a batch wrote of facts, each with its own instant: one row per version opened or closed at :at.
-- Inputs: the versions of enrolments, completions, certificates, attendances, responses and answers.
SELECT
    t.account_key,
    t.edition,
    NULL AS event,
    NULL AS survey,
    t.first_access_at AS at
FROM warehouse.enrolment AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
UNION ALL
SELECT
    t.account_key,
    t.edition,
    NULL AS event,
    NULL AS survey,
    t.completed_at AS at
FROM warehouse.module_completion AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
UNION ALL
SELECT
    t.account_key,
    t.edition,
    NULL AS event,
    NULL AS survey,
    t.obtained_at AS at
FROM warehouse.certificate AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
UNION ALL
SELECT
    t.account_key,
    NULL AS edition,
    t.event,
    NULL AS survey,
    t.registered_at AS at
FROM warehouse.attendance AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
UNION ALL
SELECT
    t.account_key,
    NULL AS edition,
    t.event,
    NULL AS survey,
    NULL AS at
FROM warehouse.attendance_interval AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
UNION ALL
SELECT
    t.account_key,
    NULL AS edition,
    NULL AS event,
    t.survey,
    t.submitted_at AS at
FROM warehouse.response AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
UNION ALL
SELECT
    t.account_key,
    NULL AS edition,
    NULL AS event,
    t.survey,
    NULL AS at
FROM warehouse.answer AS t
WHERE t.valid_from = :at OR (t.valid_to = :at AND t.valid_to < 'infinity')
