"""Fixtures for all tests come from the test kit."""

pytest_plugins = [
    "testkit.conformance",
    "testkit.servers",
    "testkit.system",
    "testkit.counts",
    "testkit.kills",
]
