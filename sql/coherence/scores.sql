-- Scores: the smallest and the greatest score of the options of a question (:survey, :question).
-- Inputs: asof.question_option.
SELECT
    min(o.score) AS least,
    max(o.score) AS greatest
FROM asof.question_option AS o
WHERE o.survey = :survey AND o.question = :question AND o.vanished_at IS NULL
