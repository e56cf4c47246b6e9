-- Failed: how many rows counted in the quarter (:period) stand for a module that its platform says is not passed.
-- Inputs: the placed rows of an indicator, asof.module_completion.
SELECT count(*) AS rows
FROM __placed__ AS e
INNER JOIN asof.module_completion AS m
    ON e.account_key = m.account_key AND e.source = m.source AND e.edition = m.edition AND e.module = m.module
WHERE e.excluded IS NULL AND e.period = :period AND m.state NOT IN ('completed', 'reset')
