"""Somebody to have an account."""

from tests.people import jo, tenant  # noqa: F401
