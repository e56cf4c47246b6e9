"""Trimestre: quarterly indicators of a training project, every figure checked, explained and reproducible."""
