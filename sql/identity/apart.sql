-- What links the accounts of a split links them among themselves only. Inputs: identifier, decided.
UPDATE identifier AS i
SET apart = CAST(d.value AS bigint)
FROM decided AS d
WHERE d.latest AND d.account_key = i.account_key
