-- Identifiers by which accounts are linked: one row per account, kind and value that more than one of them carries.
-- Left out: shared mailboxes; what more accounts carry than one person plausibly has; legal and employee ids that are
-- placeholders; legal ids of another form than the project's.
-- Inputs: current.account_identity, affected.
CREATE TEMPORARY TABLE identifier ON COMMIT DROP AS
WITH carried AS MATERIALIZED (
    SELECT
        i.account_key,
        v.kind,
        v.value
    FROM current.account_identity AS i
    INNER JOIN affected AS a ON i.account_key = a.account_key
    CROSS JOIN
        LATERAL (
            VALUES ('legal_id', i.legal_id), ('employee_id', i.employee_id), ('email', i.email_normalised)
        ) AS v (kind, value)
    WHERE
        v.value IS NOT NULL
        AND v.kind = ANY(CAST(:kinds AS text[]))
        AND NOT (v.kind = 'email' AND v.value = ANY(CAST(:shared AS text[])))
),

-- affected holds all accounts of a value, unless that is a listed mailbox
several AS (
    SELECT
        c.kind,
        c.value,
        -- as identity._compared has the placeholders; letters lose their accents, and the signs go
        upper(
            translate(
                regexp_replace(c.value, '\s', '', 'g'),
                'áéíóúüÁÉÍÓÚÜñÑ-–—_./\*+#,;?!¿¡()[]{}<>=&|~^"''' || chr(58) || chr(160),
                'aeiouuAEIOUUnN'
            )
        ) AS compared
    FROM carried AS c
    GROUP BY c.kind, c.value
    HAVING count(*) BETWEEN 2 AND CASE c.kind WHEN 'email' THEN CAST(:most AS bigint) ELSE :most_per_id END
),

linking AS (
    SELECT
        s.kind,
        s.value
    FROM several AS s
    WHERE
        s.kind = 'email'
        OR (
            NOT s.compared = ANY(CAST(:ignored AS text[]))
            -- 7, 11 and 22 may be somebody's number, 0, 999 and XX are nobody's
            AND s.compared !~ '^(([0A-Z])\2*|(.)\3{2,})?$'
            AND (s.kind <> 'legal_id' OR s.value ~ coalesce(CAST(:legal_id_pattern AS text), ''))
        )
)

SELECT
    c.account_key,
    c.kind,
    c.value
FROM carried AS c
INNER JOIN linking AS l ON c.kind = l.kind AND c.value = l.value
