-- course_edition: one row per edition of the framework; borders are local midnights. Inputs: good.course_edition.
SELECT
    s.staged_id,
    s.record_no,
    s.edition,
    s.course,
    s.name,
    CAST(s.opens_on AS date) AS opens_on,
    CAST(s.closes_on AS date) AS closes_on,
    CAST(s.last_day AS date) AS last_day,
    s.cutoff_reason,
    s.population,
    CAST(s.opens_on AS timestamp) AT TIME ZONE s.timezone AS opens_at,
    (CAST(s.last_day AS timestamp) + interval '1 day') AT TIME ZONE s.timezone AS cutoff_at,
    to_char(CAST(s.opens_on AS date), 'YYYY"-Q"Q') AS period
FROM good.course_edition AS s
