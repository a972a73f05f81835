"""The queue in the message database: messages and their states, polling, housekeeping."""
