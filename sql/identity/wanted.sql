-- Values told of in this pass (:pass) that may link: one row per kind and value. Left out, before anybody is looked
-- for: shared mailboxes; legal and employee ids that are placeholders; legal ids of another form than the project's, or
-- with a wrong check digit. A number that is unique in an institution only stands `in_institution`.
-- Inputs: told.
INSERT INTO wanted (kind, value, in_institution, pass)
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
)

SELECT
    c.kind,
    c.value,
    (
        c.kind = 'employee_id'
        AND :within_institution
        AND NOT coalesce(upper(regexp_replace(c.value, '\s', '', 'g')) ~ CAST(:everywhere AS text), FALSE)
    ) AS in_institution,
    CAST(:pass AS integer) AS pass
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
