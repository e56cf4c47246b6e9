-- Quarters that a batch may have moved: of the events and editions of the old and new versions it touched, and of
-- everything that an account, a link or a dimension it touched stands in. A reviewed name of an institution or state
-- moves the accounts that say it and the events that it was given at; what it changes of persons shows in them. Of an
-- edition or event the quarters of all its versions: what was published by an earlier date stays there. :labels names
-- the places of instants. One row per quarter.
-- Versions of :at are found by index and tell their own quarters; whoever they touch is asked for other versions only,
-- so that it costs what the batch wrote: a first load finds none, a later night few people.
-- Inputs: dated (_dated.sql, _dated_others.sql), and the versions opened or closed at :at of what belongs to nobody.
SELECT (CAST(:labels AS text[]))[d.place + 1] AS period
FROM dated AS d
WHERE d.place IS NOT NULL
UNION
SELECT e.period
FROM dated AS d
INNER JOIN warehouse.course_edition AS e ON d.edition = e.edition
UNION
SELECT to_char(v.held_on, 'YYYY"-Q"Q')
FROM dated AS d
INNER JOIN warehouse.event AS v ON d.event = v.event
UNION
SELECT coalesce(e.period, to_char(v.held_on, 'YYYY"-Q"Q'), to_char(s.closes_on, 'YYYY"-Q"Q'))
FROM dated AS d
INNER JOIN current.survey AS s ON d.survey = s.survey
LEFT JOIN warehouse.course_edition AS e ON s.edition = e.edition
LEFT JOIN warehouse.event AS v ON s.event = v.event
UNION
SELECT t.period FROM warehouse.reported_value AS t
WHERE t.valid_from = :at OR t.valid_to = :at
UNION
SELECT t.period FROM warehouse.course_edition AS t
WHERE t.valid_from = :at OR t.valid_to = :at
UNION
SELECT to_char(t.held_on, 'YYYY"-Q"Q') FROM warehouse.event AS t
WHERE t.valid_from = :at OR t.valid_to = :at
UNION
SELECT p.period
FROM unnest(CAST(:periods AS text[])) AS p (period)
WHERE
    EXISTS (
        SELECT 1 FROM warehouse.indicator AS t
        WHERE t.valid_from = :at OR t.valid_to = :at
    )
    OR EXISTS (
        SELECT 1 FROM warehouse.survey AS t
        WHERE t.valid_from = :at OR t.valid_to = :at
    )
    OR EXISTS (
        SELECT 1 FROM warehouse.course AS t
        WHERE t.valid_from = :at OR t.valid_to = :at
    )
