-- Spreads a migrated warehouse over the nodes of Citus: facts by account_key, all in one group of shards; dimensions on
-- every node; ops, staging, quarantine, results, marts and the rest of restricted stay on the coordinator.
-- Inputs: the tables of a warehouse as `trimestre migrate` leaves it, with or without rows.
--
-- Not yet run as a whole on a cluster: docs/adr/0024-a-warehouse-over-several-machines.md says what was tried, and what
-- no longer works there (the rotation of the key).
--
-- Before, in this order:
--   1. Citus 13.2 or newer (for PostgreSQL 16 or newer) on every node, in shared_preload_libraries.
--   2. On every node, in a database of the same name: CREATE EXTENSION citus;
--   3. On the coordinator: SELECT citus_set_coordinator_host('<name>', 5432); SELECT citus_add_node('<name>', 5432); …
--   4. trimestre migrate, by the URL of the coordinator: all of Trimestre connects there, for the lock.
--   5. trimestre backup; no night, no close and no page while this runs.
-- Then, on the coordinator, as a superuser:
--   psql --single-transaction -v ON_ERROR_STOP=1 -f sql/scale/citus.sql warehouse
-- After it, outside of that transaction, the coordinator's own copies of the rows go by the file citus_after.sql.
--
-- Safe to run again: what is spread already is left alone, so that it also takes up the tables of a later release.
-- The way back, table by table:  SELECT undistribute_table('warehouse.answer');
DO $$
BEGIN
    IF to_regprocedure('citus_version()') IS NULL THEN
        RAISE EXCEPTION 'citus: found no extension in this database, expected it on every node. Create it there.';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_dist_node AS n WHERE n.noderole = 'primary' AND n.shouldhaveshards) THEN
        RAISE EXCEPTION 'citus: found no node that takes shards, expected one or more. Call citus_add_node for each.';
    END IF;
    -- What a killed run left is ended by the next night of its source.
    IF EXISTS (SELECT 1 FROM ops.batch AS b WHERE b.state IN ('landing', 'landed', 'staged', 'validated')) THEN
        RAISE EXCEPTION 'batches: found some in work, expected none. Let the night end and run this file again.';
    END IF;
END
$$;

-- The lock of the warehouse (trimestre.warehouse.database): no merge begins meanwhile.
SELECT pg_advisory_xact_lock(7074230146);

-- Tables of both kinds are written in one transaction, here and in every merge (dimensions after facts: persons). In
-- parallel, over many connections, Citus refuses that. As a setting of the database it holds from the start.
SELECT set_config('citus.multi_shard_modify_mode', 'sequential', TRUE);
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET citus.multi_shard_modify_mode = sequential', current_database());
END
$$;

-- Names are compared within statements that read facts: the function has to be on every node. It reads no table.
SELECT create_distributed_function('warehouse.comparable(text)');

-- Dimensions come first. A person is one: facts know accounts only, and person_link leads from one to the other.
DO $$
DECLARE
    dimension regclass;
BEGIN
    FOREACH dimension IN ARRAY CAST(ARRAY[
        'warehouse.period',
        'warehouse.state',
        'warehouse.institution',
        'warehouse.alias',
        'warehouse.course',
        'warehouse.course_edition',
        'warehouse.edition_course',
        'warehouse.module',
        'warehouse.event',
        'warehouse.survey',
        'warehouse.indicator',
        'warehouse.milestone',
        'warehouse.question',
        'warehouse.question_option',
        'warehouse.reported_value',
        'warehouse.person'
    ] AS regclass[])
    LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_dist_partition AS p WHERE p.logicalrel = dimension) THEN
            PERFORM create_reference_table(dimension);
        END IF;
    END LOOP;
END
$$;

-- Facts, and who an account is: rows of one account are on one node, whatever table they are in.
DO $$
DECLARE
    fact regclass;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_dist_partition AS p WHERE p.logicalrel = CAST('warehouse.account' AS regclass)
    ) THEN
        PERFORM create_distributed_table(
            'warehouse.account', 'account_key', colocate_with => 'none', shard_count => 32
        );
    END IF;
    FOREACH fact IN ARRAY CAST(ARRAY[
        'restricted.account_identity',
        'warehouse.enrolment',
        'warehouse.module_completion',
        'warehouse.certificate',
        'warehouse.invitation',
        'warehouse.response',
        'warehouse.answer',
        'warehouse.attendance',
        'warehouse.attendance_interval',
        'warehouse.person_link'
    ] AS regclass[])
    LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_dist_partition AS p WHERE p.logicalrel = fact) THEN
            PERFORM create_distributed_table(fact, 'account_key', colocate_with => 'warehouse.account');
        END IF;
    END LOOP;
END
$$;
