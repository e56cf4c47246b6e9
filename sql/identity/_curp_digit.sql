-- The check digit of a CURP over its first 17 signs: alphabet with Ñ, weights 18 to 2. One row.
-- Inputs: __value__.
SELECT
    CAST(
        (
            10 - sum(
                (strpos('0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ', substr(__value__, n.place, 1)) - 1) * (19 - n.place)
            ) % 10
        ) % 10 AS text
    )
FROM generate_series(1, 17) AS n (place)
