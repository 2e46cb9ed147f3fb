"""Fixtures for all tests come from the test kit."""

pytest_plugins = ["testkit.servers", "testkit.system"]
