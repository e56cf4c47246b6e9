-- Published: what vintages counted of the people touched. Inputs: results.evidence, the accounts touched.
SELECT e.*
FROM results.evidence AS e
INNER JOIN __people__ AS t ON e.account_key = t.account_key
