-- Decisions and looks that name accounts, by their new keys in the same order. Inputs: the target, key_map.
UPDATE __target__ AS d
SET subject = d.subject || jsonb_build_object('accounts', n.accounts)
FROM (
    SELECT
        s.__number__ AS number,
        jsonb_agg(coalesce(to_jsonb(CAST(m.new_key AS text)), a.account) ORDER BY a.place) AS accounts
    FROM __target__ AS s
    CROSS JOIN LATERAL jsonb_array_elements(s.subject -> 'accounts') WITH ORDINALITY AS a (account, place)
    LEFT JOIN key_map AS m ON a.account #>> CAST('{}' AS text[]) = CAST(m.old_key AS text)
    WHERE jsonb_typeof(s.subject -> 'accounts') = 'array'
    GROUP BY s.__number__
) AS n
WHERE d.__number__ = n.number
