-- Evidence: one row per module passed; a person's first of each module and edition counts, on whichever platform of it;
-- others and those of people outside of the population are excluded. An instant before 2000 is none.
-- Inputs: asof.module_completion, shared.participation.
SELECT
    concat_ws('/', r.edition, r.module, r.source, r.account_key) AS evidence_key,
    r.account_key,
    r.completed_at AS at,
    FALSE AS at_estimated,
    r.edition,
    CAST(NULL AS text) AS event,
    CAST(NULL AS text) AS survey,
    r.module,
    r.source,
    CAST(NULL AS numeric) AS value,
    CAST(NULL AS boolean) AS hit,
    CASE
        WHEN r.population IS NULL THEN 'fuera_de_la_poblacion'
        WHEN r.ordinal > 1 THEN 'otra_cuenta_de_la_persona'
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
        m.account_key,
        m.source,
        m.edition,
        m.module,
        m.completed_at,
        p.population,
        p.sex,
        p.institution,
        p.state,
        p.organisation_type,
        m.batch_id,
        m.landed_file_id,
        m.position,
        row_number() OVER (
            PARTITION BY coalesce(p.person_key, m.account_key), m.module, m.edition, (p.population IS NULL)
            ORDER BY
                m.completed_at ASC NULLS LAST,
                m.source ASC,
                m.landed_file_id ASC,
                m.position ASC,
                m.account_key ASC
        ) AS ordinal
    FROM (
        SELECT
            v.account_key,
            v.source,
            v.edition,
            v.module,
            v.batch_id,
            v.landed_file_id,
            v.position,
            CASE WHEN v.completed_at >= CAST('2000-01-01' AS date) THEN v.completed_at END AS completed_at
        FROM asof.module_completion AS v
        WHERE v.state IN ('completed', 'reset')
    ) AS m
    LEFT JOIN shared.participation AS p
        ON m.account_key = p.account_key AND m.source = p.source AND m.edition = p.edition
) AS r
