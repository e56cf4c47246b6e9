-- What a batch wrote, by the place of its instant among the borders of quarters (:borders, 0 = before the first):
-- one row per edition, event, survey and place. Borders are compared before anything is worked out in the project's
-- zone; further processes may help, since it reads no temporary table.
-- Inputs: __written__ (_written.sql).
CREATE TEMPORARY TABLE dated ON COMMIT DROP AS
SELECT DISTINCT
    w.edition,
    w.event,
    w.survey,
    width_bucket(w.at, CAST(:borders AS timestamptz[])) AS place
FROM __written__ AS w
