-- Evidence: one row per certificate obtained; a person's first in each edition counts, on whichever platform of it;
-- others and those of people outside of the population are excluded. An instant before 2000 is none (platforms write
-- 1980 or 1970 for it).
-- Inputs: asof.certificate, shared.participation.
SELECT
    concat_ws('/', r.edition, r.source, r.account_key) AS evidence_key,
    r.account_key,
    r.obtained_at AS at,
    FALSE AS at_estimated,
    r.edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    CAST(NULL AS text) AS module,
    r.source,
    CAST(NULL AS numeric) AS value,
    CAST(NULL AS boolean) AS hit,
    CASE
        WHEN r.population IS NULL THEN 'fuera_de_la_poblacion'
        WHEN r.ordinal > 1 THEN 'otro_certificado_de_la_persona'
    END AS excluded,
    coalesce(r.sex, 'no_especificado') AS sex,
    r.institution,
    r.state,
    r.organisation_type,
    r.batch_id,
    r.landed_file_id,
    r.position
FROM (
    SELECT
        c.account_key,
        c.source,
        c.edition,
        c.obtained_at,
        p.population,
        p.sex,
        p.institution,
        p.state,
        p.organisation_type,
        c.batch_id,
        c.landed_file_id,
        c.position,
        row_number() OVER (
            PARTITION BY coalesce(p.person_key, c.account_key), c.edition, (p.population IS NULL)
            ORDER BY
                c.obtained_at ASC NULLS LAST,
                c.source ASC,
                c.landed_file_id ASC,
                c.position ASC,
                c.account_key ASC
        ) AS ordinal
    FROM (
        SELECT
            v.account_key,
            v.source,
            v.edition,
            v.batch_id,
            v.landed_file_id,
            v.position,
            CASE WHEN v.obtained_at >= CAST('2000-01-01' AS date) THEN v.obtained_at END AS obtained_at
        FROM asof.certificate AS v
        WHERE v.state IN ('obtained', 'reset')
    ) AS c
    LEFT JOIN shared.participation AS p
        ON c.account_key = p.account_key AND c.source = p.source AND c.edition = p.edition
) AS r
