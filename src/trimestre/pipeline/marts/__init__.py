"""The tables for analysts, brought to the rows that they should have."""
