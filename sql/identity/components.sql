-- Who shares something: one row per account, with the smallest number met, how many things it shares, and what links
-- it, in the order of the alphabet. Accounts of a split that nothing else holds together are linked by the decision.
-- Inputs: shared.
CREATE TEMPORARY TABLE component ON COMMIT DROP AS
SELECT
    i.number,
    min(i.smallest) AS smallest,
    count(*) AS shares,
    coalesce(
        nullif(
            concat_ws(
                '+',
                CASE WHEN bool_or(i.kind = 'decision') THEN 'decision' END,
                CASE WHEN bool_or(i.kind = 'email') THEN 'email' END,
                CASE WHEN bool_or(i.kind = 'employee_id') THEN 'employee_id' END,
                CASE WHEN bool_or(i.kind = 'erased') THEN 'erased' END,
                CASE WHEN bool_or(i.kind = 'legal_id') THEN 'legal_id' END
            ),
            ''
        ),
        'decision'
    ) AS reason
FROM shared AS i
GROUP BY i.number
