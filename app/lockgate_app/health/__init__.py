"""How a host does: facts for monitoring and for `lockgate status`, each from one place."""
