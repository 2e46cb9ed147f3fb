"""The one HTTP door: API, register screens, live events."""
