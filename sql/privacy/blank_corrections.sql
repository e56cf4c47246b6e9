-- What people wrote in place of values that say who somebody is: of the rows of some accounts, and wherever it holds an
-- identifier (a pattern). Inputs: rehashed, ops.decision, quarantine.correction.
UPDATE quarantine.correction AS c
SET value = CASE WHEN c.field = 'value' THEN CAST(:erased AS text) END
WHERE
    EXISTS (
        SELECT 1 FROM unnest(CAST(:identifiers AS text[])) AS i (identifier)
        WHERE lower(c.value) ~ i.identifier
    )
    OR (
        c.field IN ('local_id', 'full_name', 'email', 'legal_id', 'employee_id')
        AND c.decision_id IN (
            SELECT d.decision_id FROM ops.decision AS d
            INNER JOIN rehashed AS r ON CAST(d.subject ->> 'retained_id' AS bigint) = r.retained_id
            WHERE d.kind = 'correct_row'
        )
    )
