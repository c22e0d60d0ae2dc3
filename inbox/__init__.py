"""The product: one shared SMS inbox for a recruiting team."""

# The parts, lowest first. A part imports from lower levels only, never from a neighbour on its own level;
# tests/test_layout.py holds it. Code that must reach upward leaves a job.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("clock",),
    ("languages",),
    ("config", "errors", "logs"),
    ("storage", "rendering"),
    ("accounts", "candidates", "billing", "provisioning"),
    ("messaging",),
    ("automation",),
    ("reports", "hooks", "embeds"),
    ("web",),
    ("worker", "housekeeping", "low_balance", "day_counts"),
    ("deeds",),
    ("app",),
    # What only the commands need.
    ("request_limits",),
    ("server", "demo", "doctor", "exits", "seeding", "backups", "restoring"),
    ("embedded",),
    ("commands",),
    ("__main__",),
)
