"""What `inbox` can be asked for, one module a command; `__main__` loads the one that was named."""
