"""What must stand before the first text: credentials at the provider and numbers to text from."""
