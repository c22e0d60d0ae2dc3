"""Where everything is kept: the database, its tables, the event log, the jobs and the vault."""
