"""Erasures, retention, and the tombstones by which an erased person stays erased."""
