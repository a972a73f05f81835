"""Names and identifiers as text: read strictly, printed one way, and never mistaken for another."""
