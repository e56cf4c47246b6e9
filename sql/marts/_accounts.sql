-- Accounts as the figures describe them, with the names of what the reference lists know: one row per account. Where it
-- works and lives is what it says itself, else what is known of its person. Inputs: shared.described; asof.person_link,
-- institution, state; people.
SELECT
    coalesce(a.account_key, k.account_key) AS account_key,
    coalesce(a.source, k.source) AS source,
    coalesce(p.sex, 'no_especificado') AS sex,
    p.sex_source,
    coalesce(a.institution, p.institution) AS institution,
    CASE WHEN a.institution IS NOT NULL THEN coalesce(i.name, a.institution) ELSE p.institution_name END
        AS institution_name,
    CASE WHEN a.institution IS NOT NULL THEN a.institution_listed ELSE p.institution_listed END AS institution_listed,
    coalesce(a.state, p.state) AS state,
    CASE WHEN a.state IS NOT NULL THEN s.name ELSE p.state_name END AS state_name,
    coalesce(a.order_of_government, p.order_of_government) AS order_of_government,
    a.organisation_type
FROM shared.described AS a
FULL JOIN asof.person_link AS k ON a.account_key = k.account_key AND a.source = k.source
LEFT JOIN people AS p ON k.person_key = p.person_key
LEFT JOIN asof.institution AS i
    ON a.institution = i.institution AND a.institution_listed AND i.vanished_at IS NULL
LEFT JOIN asof.state AS s ON a.state = s.state AND s.vanished_at IS NULL
