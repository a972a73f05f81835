"""The `lockgate` command."""
