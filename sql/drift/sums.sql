-- Sums: one row per reason: rows moved, and by how much they change what additive measures are made of.
-- Inputs: reasoned.
SELECT
    r.reason,
    count(*) AS rows,
    sum(CAST(r.in_total_after AS integer) - CAST(r.in_total_before AS integer)) AS n,
    coalesce(sum(r.value_after) FILTER (WHERE r.in_total_after), 0)
    - coalesce(sum(r.value_before) FILTER (WHERE r.in_total_before), 0) AS total,
    count(*) FILTER (WHERE r.in_total_after AND r.hit_after)
    - count(*) FILTER (WHERE r.in_total_before AND r.hit_before) AS hits,
    count(r.hit_after) FILTER (WHERE r.in_total_after)
    - count(r.hit_before) FILTER (WHERE r.in_total_before) AS hits_known
FROM reasoned AS r
GROUP BY r.reason
