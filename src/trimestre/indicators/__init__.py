"""Indicators: evidence, values, status. An indicator is a declaration over evidence, never code."""
