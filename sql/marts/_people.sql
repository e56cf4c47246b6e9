-- The persons of the marts, with the names of what the reference lists know: one row per person.
-- Inputs: asof.person, institution, state.
SELECT
    p.person_key,
    p.sex,
    p.sex_source,
    p.sex_conflict,
    p.institution,
    coalesce(i.name, p.institution) AS institution_name,
    CASE WHEN p.institution IS NOT NULL THEN p.institution_listed END AS institution_listed,
    p.state,
    s.name AS state_name,
    p.order_of_government
FROM asof.person AS p
LEFT JOIN asof.institution AS i
    ON p.institution = i.institution AND p.institution_listed AND i.vanished_at IS NULL
LEFT JOIN asof.state AS s ON p.state = s.state AND s.vanished_at IS NULL
WHERE p.vanished_at IS NULL
