"""Twilio: the client that sends, the webhooks that come back, and its error codes in words."""
