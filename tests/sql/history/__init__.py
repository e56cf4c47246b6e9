"""Random histories and the reference model that says what the tables must hold after each of their nights.

things (records and nights) -> model, persons (what must hold) and playing (what the product does) -> comparison.
"""
