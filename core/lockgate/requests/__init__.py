"""Requests and answers: what they hold, what is signed around it, and the processor of each type."""
