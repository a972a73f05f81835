"""The class for each port: the only place that names concrete classes. Tests override any provider.

A module for each kind of process, so that none imports what another needs.
"""
