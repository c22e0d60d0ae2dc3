"""Segments: how many are left, and where each of them went."""
