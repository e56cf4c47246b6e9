-- What a batch wrote, by the place of its instant among the borders of quarters (:borders, 0 = before the first):
-- one row per edition, event, survey and place. Borders are compared before anything is worked out in the project's
-- zone. Further processes may help, since it neither reads nor writes a temporary table.
-- Inputs: __written__ (_written.sql).
SELECT DISTINCT
    w.edition,
    w.event,
    w.survey,
    width_bucket(w.at, CAST(:borders AS timestamptz[])) AS place
FROM __written__ AS w
