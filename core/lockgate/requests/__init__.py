"""Requests and answers: their fields, the signed content around them, and the processor of each type."""
