"""whitelist.feature has no steps of its own."""

from pytest_bdd import scenarios

scenarios("whitelist.feature")
