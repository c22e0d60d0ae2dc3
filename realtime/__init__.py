"""Live delivery: channels, topics, frames and sockets; it knows nothing of SMS, SQL or HTML."""
