"""Connectors: one module per kind of origin."""
