"""What writes texts for people: message templates and the fields that are filled in."""
