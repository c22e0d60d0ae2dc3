"""Outgoing webhooks: other systems are told what happens, from the event log, until they have taken it."""
