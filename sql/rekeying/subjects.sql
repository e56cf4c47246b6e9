-- Decisions and looks that name accounts, by their new keys in the order of these, as they would have been stored.
-- Inputs: the target, key_map.
UPDATE __target__ AS d
SET subject = d.subject || jsonb_build_object('accounts', n.accounts)
FROM (
    SELECT
        s.__number__ AS number,
        jsonb_agg(
            coalesce(CAST(m.new_key AS text), a.account)
            ORDER BY coalesce(CAST(m.new_key AS text), a.account) COLLATE "C"
        ) AS accounts
    FROM __target__ AS s
    CROSS JOIN LATERAL jsonb_array_elements_text(s.subject -> 'accounts') AS a (account)
    LEFT JOIN key_map AS m ON a.account = CAST(m.old_key AS text)
    WHERE jsonb_typeof(s.subject -> 'accounts') = 'array'
    GROUP BY s.__number__
) AS n
WHERE d.__number__ = n.number
