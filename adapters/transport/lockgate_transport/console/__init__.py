"""The console: pages on which administrators see what waits for them, and how a CA node does."""
