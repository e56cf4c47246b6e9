-- Digest of rows of evidence: of each row the sha256 of a JSON array of what was counted and where it stands, of their
-- sorted hashes the sha256. Nothing in it is a key of a person, a number of this database or a time of running.
-- Inputs: rows with the columns of results.evidence (stored, or about to be), ops.landed_file.
SELECT encode(sha256(coalesce(string_agg(r.hash, '\x' ORDER BY r.hash), '\x')), 'hex') AS digest
FROM (
    SELECT
        sha256(
            convert_to(
                CAST(
                    json_build_array(
                        l.sha256,
                        e.position,
                        e.excluded IS NULL,
                        e.hit,
                        trim_scale(e.value),
                        e.period,
                        e.late,
                        e.sex,
                        e.institution,
                        e.state,
                        e.organisation_type,
                        e.course,
                        e.edition,
                        e.module,
                        e.event,
                        e.survey
                    ) AS text
                ),
                'UTF8'
            )
        ) AS hash
    FROM (
        __rows__
    ) AS e
    LEFT JOIN ops.landed_file AS l ON e.landed_file_id = l.landed_file_id
) AS r
