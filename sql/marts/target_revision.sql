-- One row per indicator and revision of a target or the baseline, in the order of its definition.
-- Inputs: targets (sql/marts/_targets.sql).
SELECT
    t.indicator,
    r.number AS revision,
    r.item ->> 'what' AS what,
    r.item ->> 'period' AS covers,
    coalesce(r.item ->> 'disaggregation', 'total') AS disaggregation,
    coalesce(r.item ->> 'category', 'total') AS category,
    CAST(r.item ->> 'old' AS numeric) AS old_value,
    CAST(r.item ->> 'new' AS numeric) AS new_value,
    r.item ->> 'effective_from' AS effective_from,
    r.item ->> 'letter' AS letter,
    CAST(r.item ->> 'approved_on' AS date) AS approved_on,
    r.item ->> 'approved_by' AS approved_by
FROM targets AS t
CROSS JOIN
    LATERAL jsonb_array_elements(coalesce(t.definition -> 'revisions', CAST('[]' AS jsonb)))
    WITH ORDINALITY AS r (item, number)
WHERE t.valid_to = 'infinity' AND t.vanished_at IS NULL
