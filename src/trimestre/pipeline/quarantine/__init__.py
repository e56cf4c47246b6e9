"""Rows held back, as people work with them: accepted, corrected, staged again from their landed files."""
