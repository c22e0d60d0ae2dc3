"""What happened, in numbers that each lead to what they count."""
