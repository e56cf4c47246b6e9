"""Figures in Word files: content controls with tags, tokens in prose, footnotes, pictures, and their update."""
