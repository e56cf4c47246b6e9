-- Kept: the versions of a source that began before :at, set aside while the source is made anew. Inputs: the target.
CREATE TEMPORARY TABLE __kept__ ON COMMIT DROP AS
SELECT c.* FROM __target__ AS c
WHERE c.source = :source AND c.valid_from < :at
