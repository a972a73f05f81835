"""The application: settings, wiring, commands."""
