"""Real processes, killed, paused and cut off under load; then every charge is looked for."""
