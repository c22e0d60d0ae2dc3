"""The JSON API: one file a resource, each operation declared once for its route, its checks and its description."""
