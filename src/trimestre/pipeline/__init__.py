"""The steps of a night, one module each: landing, staging (with the door), validation, merging."""
