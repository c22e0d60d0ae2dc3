"""The schema's history, run by `inbox.storage.migrate`."""
