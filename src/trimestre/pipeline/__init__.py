"""The steps of a night, one module each: landing, staging (with the door), validation, merging.

What people do beside the nights has rooms of its own: ``quarantine`` (rows held back), ``uploads`` (what they bring),
``privacy`` (erasures, retention), ``replay`` (the past made anew), ``marts`` (tables for analysts).
"""
