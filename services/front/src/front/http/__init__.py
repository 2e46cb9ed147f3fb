"""The HTTP door itself: aiohttp, and nothing that decides."""
