"""SMS providers: what the product may ask of one, and the ones that answer."""
