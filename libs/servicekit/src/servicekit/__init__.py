"""One bootstrap for every service: settings, logs, telemetry, health, drain, clock, ids."""
