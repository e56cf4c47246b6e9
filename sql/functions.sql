-- Functions of the warehouse; safe to run again. None that reads a table is called within a statement: over tables that
-- are distributed it would find nothing, and say nothing. comparable() is, and citus.sql puts it on every node. Who may
-- call what stands in roles.sql.
-- Inputs: arguments; for the two that look, quarantine.row and restricted.account_identity.
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

-- The specialist's only way to personal data: each look is a row of ops.look in the same transaction, and a line of the
-- server's log that a ROLLBACK does not take back. They run with the owner's rights, so the path is pinned and every
-- name is whole. Neither gives anything without a reason.
CREATE OR REPLACE FUNCTION ops.look_at_retained(retained_id bigint, reason text)
RETURNS TABLE (
    source text, dataset text, entity text, rule text, landed_file_id bigint,
    "position" text, -- noqa: RF06, a keyword here
    fields jsonb
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    shown bigint;
BEGIN
    IF pg_catalog.btrim(coalesce(look_at_retained.reason, '')) = '' THEN
        RAISE EXCEPTION 'look: found no reason, expected why it is looked at. Nothing was shown.'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) INTO shown FROM quarantine.row AS q WHERE q.retained_id = look_at_retained.retained_id;
    INSERT INTO ops.look (looked_at, looked_by, kind, subject, reason, rows)
    VALUES (
        pg_catalog.clock_timestamp(), session_user, 'retained',
        pg_catalog.jsonb_build_object('retained_id', look_at_retained.retained_id),
        pg_catalog.btrim(look_at_retained.reason), shown
    );
    RAISE LOG 'trimestre: % looks at retained row %', session_user, look_at_retained.retained_id;
    RETURN QUERY
        SELECT q.source, q.dataset, q.entity, q.rule, q.landed_file_id, q.position, q.fields
        FROM quarantine.row AS q
        WHERE q.retained_id = look_at_retained.retained_id;
END
$$;

COMMENT ON FUNCTION ops.look_at_retained(bigint, text) IS
'The staged fields of one retained row, personal data included; the look is logged with session_user and the reason.';

CREATE OR REPLACE FUNCTION ops.look_at_accounts(account_keys uuid[], reason text)
RETURNS TABLE (
    account_key uuid, source text, local_id text, full_name text, email text, legal_id text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    shown bigint;
    asked bigint := coalesce(pg_catalog.cardinality(look_at_accounts.account_keys), 0);
BEGIN
    IF pg_catalog.btrim(coalesce(look_at_accounts.reason, '')) = '' THEN
        RAISE EXCEPTION 'look: found no reason, expected why it is looked at. Nothing was shown.'
            USING ERRCODE = 'check_violation';
    END IF;
    IF asked > 200 THEN
        RAISE EXCEPTION 'look: found % accounts, expected at most 200: a sample, not the list. Nothing was shown.', asked
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) INTO shown
    FROM restricted.account_identity AS i
    WHERE i.valid_to = 'infinity' AND i.account_key = ANY(look_at_accounts.account_keys);
    INSERT INTO ops.look (looked_at, looked_by, kind, subject, reason, rows)
    VALUES (
        pg_catalog.clock_timestamp(), session_user, 'person',
        pg_catalog.jsonb_build_object('accounts', pg_catalog.to_jsonb(look_at_accounts.account_keys)),
        pg_catalog.btrim(look_at_accounts.reason), shown
    );
    RAISE LOG 'trimestre: % looks at % accounts', session_user, shown;
    RETURN QUERY
        SELECT i.account_key, i.source, i.local_id, i.full_name, i.email, i.legal_id
        FROM restricted.account_identity AS i
        WHERE i.valid_to = 'infinity' AND i.account_key = ANY(look_at_accounts.account_keys)
        ORDER BY i.account_key, i.source;
END
$$;

COMMENT ON FUNCTION ops.look_at_accounts(uuid[], text) IS
'Who some accounts are (at most 200); the look is logged with session_user and the reason.';
