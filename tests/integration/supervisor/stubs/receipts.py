"""Stands in for the service of its name: starts, is ready, drains."""

from service_that_does_nothing import run_nothing

run_nothing("receipts")
