"""Backups: the warehouse and the project's files at one point, checked, and put back.

A backup is a folder below the one that somebody names, called by its instant (UTC): ``warehouse.dump`` (by pg_dump, in
its custom format), ``files/`` (landing, framework, sources, expectations, documents, uploads, drop) and
``manifest.json``, which comes last and knows the sha256 of everything. It holds personal data. It does not hold the
account key or any secret.

Data flow: snapshot of the warehouse -> dump, then files -> manifest; manifest -> checked -> files in place -> database
-> migrated -> every published quarter worked out again.
"""
