"""The PostgreSQL warehouse: tables, connection, history, identity, roles."""
