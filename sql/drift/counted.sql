-- Counted: one row per compared row, with the persons it stands for and the step at which it turns from what was
-- published into what holds today: the place of its reason in :reasons; null = it did not move.
-- Inputs: sql/drift/compared.sql, reasoned.
SELECT
    c.thing,
    c.account_key,
    c.evidence_key,
    c.in_total_before AS counts_before,
    c.in_total_after AS counts_after,
    c.period_before,
    c.period_after,
    c.at_before,
    c.at_after,
    c.value_before,
    c.value_after,
    coalesce(r.group_before, c.person_before, c.account_key) AS group_before,
    coalesce(r.group_after, c.person_after, c.account_key) AS group_after,
    array_position(CAST(:reasons AS text[]), r.reason) AS step
FROM (
    __compared__
) AS c
LEFT JOIN reasoned AS r
    ON
        c.thing = r.thing
        AND c.evidence_key = r.evidence_key
        AND coalesce(c.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid))
        = coalesce(r.account_key, CAST('00000000-0000-0000-0000-000000000000' AS uuid))
