-- Empties the coordinator's own copies of the rows that citus.sql spread: they are read by nothing and keep their disk.
-- Inputs: a warehouse on which citus.sql has run and was committed. Safe to run again.
-- psql -v ON_ERROR_STOP=1 -f sql/scale/citus_after.sql warehouse
SELECT truncate_local_data_after_distributing_table(p.logicalrel)
FROM pg_dist_partition AS p
INNER JOIN pg_class AS c ON p.logicalrel = c.oid
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname IN ('warehouse', 'restricted') AND p.partmethod = 'h';
ANALYZE;
