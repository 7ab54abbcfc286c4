"""Rules of accounts: tokens, the set-up link, failed logins."""
