"""Shared Inbox as docs/deploy.md has it: behind a real nginx, with roles of PostgreSQL and a user of Redis."""
