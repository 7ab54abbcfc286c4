                f"Stop what uses it, or choose another one: bin/run --port {port + 1 if port < HIGHEST_PORT else DEFAULT_PORT}",
            ) from exc


