-- Identifiers by which accounts are linked, with all accounts that carry them: one row per account, kind and value, for
-- the values told of in this pass (:pass). A number unique in an institution only stands `within` it.
-- Left out, before anybody is looked for: shared mailboxes; legal and employee ids that are placeholders; legal ids of
-- another form than the project's, or with a wrong check digit; numbers of unknown institutions. What more accounts
-- carry than one person plausibly has does not link either (links = false): only who was linked by it is looked at.
-- Inputs: told, affected, identifier, current.account_identity, current.account, current.alias, current.person_link.
INSERT INTO identifier (account_key, kind, value, within, links, pass)
WITH compared AS MATERIALIZED (
    SELECT
        t.kind,
        t.value,
        -- as identity._compared has the placeholders; letters lose their accents, and the signs go
        CASE
            WHEN t.kind = 'email' OR t.value ~ '^[0-9A-Z]+$' THEN t.value
            ELSE
                upper(
                    translate(
                        regexp_replace(t.value, '\s', '', 'g'),
                        'áéíóúüÁÉÍÓÚÜñÑ-–—_./\*+#,;?!¿¡()[]{}<>=&|~^"''' || chr(58) || chr(160),
                        'aeiouuAEIOUUnN'
                    )
                )
        END AS compared
    FROM (
        SELECT DISTINCT
            d.kind,
            d.value
        FROM told AS d
        WHERE d.pass = :pass
    ) AS t
    WHERE t.kind = ANY(CAST(:kinds AS text[]))
),

wanted AS MATERIALIZED (
    SELECT
        c.kind,
        c.value,
        (
            c.kind = 'employee_id'
            AND :within_institution
            AND NOT coalesce(upper(regexp_replace(c.value, '\s', '', 'g')) ~ CAST(:everywhere AS text), FALSE)
        ) AS in_institution
    FROM compared AS c
    WHERE
        CASE
            WHEN c.kind = 'email' THEN NOT c.value = ANY(CAST(:shared AS text[]))
            WHEN c.compared = ANY(CAST(:ignored AS text[])) THEN FALSE
            -- 7, 11 and 22 may be somebody's number; 0, 999 and XX, one sign again and again, are nobody's
            WHEN c.compared = repeat(left(c.compared, 1), length(c.compared))
                THEN length(c.compared) IN (1, 2) AND left(c.compared, 1) !~ '[0A-Z]'
            WHEN c.kind = 'employee_id' THEN TRUE
            WHEN c.value !~ coalesce(CAST(:legal_id_pattern AS text), '') THEN FALSE
            WHEN :curp
                THEN length(c.value) = 18 AND right(c.value, 1) = __curpdigit__
            ELSE TRUE
        END
),

numbered AS MATERIALIZED (
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
    WHERE w.in_institution AND a.institution IS NOT NULL
    UNION ALL
    SELECT
        w.value,
        NULL AS account_key,
        g.institution,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN told AS g ON g.kind = 'employee_id' AND w.value = g.value AND g.given_up
    WHERE w.in_institution AND g.institution IS NOT NULL AND g.pass = :pass
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
    WHERE w.kind = 'legal_id'
    UNION ALL
    SELECT
        o.account_key,
        w.kind,
        w.value,
        '' AS within,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN current.account_identity AS o ON w.value = o.email_normalised
    WHERE w.kind = 'email'
    UNION ALL
    SELECT
        o.account_key,
        w.kind,
        w.value,
        '' AS within,
        TRUE AS concerned
    FROM wanted AS w
    INNER JOIN current.account_identity AS o ON w.value = o.employee_id
    WHERE w.kind = 'employee_id' AND NOT w.in_institution
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

several AS (
    SELECT
        c.kind,
        c.value,
        c.within,
        count(c.account_key) <= CASE c.kind WHEN 'email' THEN CAST(:most AS bigint) ELSE :most_per_id END AS links
    FROM carrier AS c
    GROUP BY c.kind, c.value, c.within
    HAVING count(c.account_key) > 1 AND bool_or(c.concerned)
)

SELECT
    c.account_key,
    c.kind,
    c.value,
    c.within,
    s.links,
    CAST(:pass AS integer)
FROM carrier AS c
INNER JOIN several AS s ON c.kind = s.kind AND c.value = s.value AND c.within = s.within
LEFT JOIN current.person_link AS k ON c.account_key = k.account_key
WHERE
    c.account_key IS NOT NULL
    AND (s.links OR coalesce(c.kind = ANY(string_to_array(k.reason, '+')), FALSE))
