-- Identifiers by which accounts are linked, with all accounts that carry them: one row per account, kind and value, for
-- the values wanted in this pass (:pass). Values that link are numbered, and met by their numbers (`shared`) from here
-- on; `apart` is the split that keeps an account's from the others' (see apart.sql). A number unique in an institution
-- only stands `within` it, and links nobody where the institution is unknown. What more accounts carry than one person
-- plausibly has does not link either (links = false): only who was linked by it is looked at.
-- Inputs: wanted, told, affected, identifier, current.account_identity, current.account, current.alias,
-- current.person_link.
INSERT INTO identifier (account_key, kind, shared, apart, links, pass)
WITH numbered AS MATERIALIZED (
    SELECT
        w.value,
        o.account_key,
        a.institution,
        -- the same number of another institution is of no concern, unless somebody of this pass carries it there
        (p.account_key IS NOT NULL AND known.account_key IS NULL) AS concerned
    FROM wanted AS w
    INNER JOIN current.account_identity AS o ON w.value = o.employee_id
    INNER JOIN current.account AS a ON o.account_key = a.account_key AND o.source = a.source
    LEFT JOIN affected AS p ON o.account_key = p.account_key AND p.pass = :pass
    LEFT JOIN identifier AS known ON o.account_key = known.account_key AND known.kind = 'employee_id'
    WHERE w.pass = :pass AND w.in_institution AND a.institution IS NOT NULL
    UNION ALL
    SELECT
        w.value,
        NULL AS account_key,
        g.institution,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN told AS g ON g.kind = 'employee_id' AND w.value = g.value AND g.given_up
    WHERE w.pass = :pass AND w.in_institution AND g.institution IS NOT NULL AND g.pass = :pass
),

institution AS MATERIALIZED (
    SELECT
        n.institution,
        coalesce(l.code, nullif(n.compared, '')) AS within
    FROM (
        SELECT
            d.institution,
            warehouse.comparable(d.institution) AS compared
        FROM (SELECT DISTINCT m.institution FROM numbered AS m) AS d
    ) AS n
    LEFT JOIN current.alias AS l ON l.kind = 'institution' AND n.compared = l.alias AND l.vanished_at IS NULL
),

carrier AS MATERIALIZED (
    SELECT
        o.account_key,
        w.kind,
        w.value,
        '' AS within,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN current.account_identity AS o ON w.value = o.legal_id
    WHERE w.pass = :pass AND w.kind = 'legal_id'
    UNION ALL
    SELECT
        o.account_key,
        w.kind,
        w.value,
        '' AS within,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN current.account_identity AS o ON w.value = o.email_normalised
    WHERE w.pass = :pass AND w.kind = 'email'
    UNION ALL
    SELECT
        o.account_key,
        w.kind,
        w.value,
        '' AS within,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN current.account_identity AS o ON w.value = o.employee_id
    WHERE w.pass = :pass AND w.kind = 'employee_id' AND NOT w.in_institution
    UNION ALL
    SELECT
        n.account_key,
        'employee_id' AS kind,
        n.value,
        i.within,
        n.concerned
    FROM numbered AS n
    INNER JOIN institution AS i ON n.institution = i.institution
    WHERE i.within IS NOT NULL
),

several AS MATERIALIZED (
    SELECT
        c.kind,
        c.value,
        c.within,
        CAST(:pass AS bigint) * 1000000000 + row_number() OVER () AS shared,
        count(c.account_key) <= CASE c.kind WHEN 'email' THEN CAST(:most AS bigint) ELSE :most_per_id END AS links
    FROM carrier AS c
    GROUP BY c.kind, c.value, c.within
    HAVING count(c.account_key) > 1 AND bool_or(c.concerned)
)

SELECT
    c.account_key,
    c.kind,
    s.shared,
    0 AS apart,
    TRUE AS links,
    CAST(:pass AS integer)
FROM carrier AS c
INNER JOIN several AS s ON c.kind = s.kind AND c.value = s.value AND c.within = s.within
WHERE c.account_key IS NOT NULL AND s.links
UNION ALL
SELECT
    c.account_key,
    c.kind,
    s.shared,
    0 AS apart,
    FALSE AS links,
    CAST(:pass AS integer)
FROM several AS s
INNER JOIN carrier AS c ON s.kind = c.kind AND s.value = c.value AND s.within = c.within
INNER JOIN current.person_link AS k ON c.account_key = k.account_key
WHERE NOT s.links AND c.kind = ANY(string_to_array(k.reason, '+'))
