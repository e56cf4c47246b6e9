-- The modules of the courses: one row per course and module. A table of its own, so that the planner knows how few.
-- Inputs: asof.module.
SELECT
    m.course,
    m.module,
    m.name,
    m.ordinal
FROM asof.module AS m
WHERE m.vanished_at IS NULL
