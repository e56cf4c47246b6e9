-- Functions of the warehouse; safe to run again. None reads a table that may be distributed (they don't run on Citus).
-- Inputs: none but arguments.
CREATE OR REPLACE FUNCTION warehouse.comparable(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(
    regexp_replace(
        upper(regexp_replace(normalize(name, nfd), '[\u0300-\u036f]', '', 'g') COLLATE "C"), '[^A-Z0-9]+', ' ', 'g'
    )
);

-- trimestre.contracts.base.comparable does the same.
COMMENT ON FUNCTION warehouse.comparable(text) IS
'A name as it is compared: upper case, letters and digits without accents, single blanks between words.';
