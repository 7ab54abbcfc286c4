"""Django helpers that both apps use."""
