"""Figures of before Trimestre: read from a workbook, checked, proposed as candidates."""
