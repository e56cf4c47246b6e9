-- Roles and rights. One statement a right; safe to run again. Log-ins are made by the administrator and put into them.
-- trimestre_owner     marks the log-in that migrates: what it makes is its own, so nothing need be granted
-- trimestre_pipeline  works on everything (the night, the commands)
-- trimestre_analyst   reads warehouse, results and marts and nothing else
-- trimestre_specialist reads these, ops, and of retained rows all but what they hold; names only by ops.look_at_…
-- trimestre_privacy   reads and empties what says who somebody is, and reads ops; no figures
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'trimestre_owner', 'trimestre_pipeline', 'trimestre_analyst', 'trimestre_specialist', 'trimestre_privacy'
    ]
    LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts FROM public;

GRANT USAGE ON SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts
TO trimestre_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
ON ALL TABLES IN SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts
TO trimestre_pipeline;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts
TO trimestre_pipeline;

GRANT USAGE ON SCHEMA warehouse, results, marts TO trimestre_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA warehouse, results, marts TO trimestre_analyst;

GRANT USAGE ON SCHEMA ops, quarantine, warehouse, results, marts TO trimestre_specialist;
GRANT SELECT ON ALL TABLES IN SCHEMA ops, warehouse, results, marts TO trimestre_specialist;
GRANT SELECT (
    source, dataset, scope, entity, record_hash, row_hash, rule, landed_file_id, position,
    first_batch_id, last_batch_id, state, retained_id, decision_id
) ON quarantine.row TO trimestre_specialist;

GRANT USAGE ON SCHEMA ops, quarantine, restricted TO trimestre_privacy;
GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA quarantine, restricted TO trimestre_privacy;
GRANT SELECT ON ALL TABLES IN SCHEMA ops TO trimestre_privacy;

-- The two functions through which names are seen, each look logged; a new function is anybody's until it is revoked.
REVOKE ALL ON FUNCTION ops.look_at_retained(bigint, text) FROM public;
REVOKE ALL ON FUNCTION ops.look_at_accounts(uuid[], text) FROM public;
GRANT EXECUTE ON FUNCTION ops.look_at_retained(bigint, text) TO trimestre_specialist, trimestre_privacy;
GRANT EXECUTE ON FUNCTION ops.look_at_accounts(uuid[], text) TO trimestre_specialist, trimestre_privacy;

-- Tables of later migrations follow, as far as whoever ran this makes them.
ALTER DEFAULT PRIVILEGES IN SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO trimestre_pipeline;
ALTER DEFAULT PRIVILEGES IN SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts
GRANT USAGE ON SEQUENCES TO trimestre_pipeline;
ALTER DEFAULT PRIVILEGES IN SCHEMA warehouse, results, marts
GRANT SELECT ON TABLES TO trimestre_analyst, trimestre_specialist;
ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT ON TABLES TO trimestre_specialist, trimestre_privacy;
ALTER DEFAULT PRIVILEGES IN SCHEMA quarantine, restricted
GRANT SELECT, UPDATE, DELETE ON TABLES TO trimestre_privacy;

-- A merge refreshes the statistics of what it loaded; without them the planner guesses and a night takes hours.
-- PostgreSQL 16 knows no such right: there the pipeline must own the tables, or autovacuum must be fast enough.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON ALL TABLES IN SCHEMA ops, staging, quarantine, restricted, warehouse, results, marts '
            'TO trimestre_pipeline';
    END IF;
END
$$;
