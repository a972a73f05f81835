"""Submessages as JSON, and its published schema."""
