"""Resumable uploads: files that arrive in pieces, over connections that break."""
