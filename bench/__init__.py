"""Measurements: what the product takes, beside what the same work takes at the least."""
