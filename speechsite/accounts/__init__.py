"""Accounts: set-up link, login, API tokens."""
