"""The message database behind the MessageStore port."""
