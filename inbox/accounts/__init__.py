"""Who works here: organisations, companies, users with their roles, and how they sign in."""
