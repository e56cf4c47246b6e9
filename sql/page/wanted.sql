-- Those of the rows behind a figure that are asked for; null = any. Inputs: a statement of rows, __behind__.
SELECT e.*
FROM (__behind__) AS e
WHERE
    (CAST(:counted AS boolean) IS NULL OR (e.excluded IS NULL) = :counted)
    AND (CAST(:reason AS text) IS NULL OR e.excluded = :reason)
    AND (CAST(:sex AS text) IS NULL OR e.sex = :sex)
    AND (CAST(:course AS text) IS NULL OR e.course = :course)
    AND (CAST(:edition AS text) IS NULL OR e.edition = :edition)
    AND (CAST(:module AS text) IS NULL OR e.module = :module)
    AND (CAST(:institution AS text) IS NULL OR e.institution = :institution)
    AND (CAST(:state AS text) IS NULL OR e.state = :state)
    AND (CAST(:event AS text) IS NULL OR e.event = :event)
    AND (CAST(:survey AS text) IS NULL OR e.survey = :survey)
    AND (CAST(:organisation_type AS text) IS NULL OR e.organisation_type = :organisation_type)
