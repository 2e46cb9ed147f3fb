"""A new box, as far as the centre sees it: a key of its own, and the code that was typed on it."""

from http.client import TOO_MANY_REQUESTS
from typing import Final

from messaging.nkeys import Kind, new_key
from testkit.http import JsonClient, Reply, until

TURN_S: Final = 120.0
"""An address that has tried many codes gets one more try in two seconds."""


def show_code(api: str, code: str, hostname: str) -> Reply:
    """Show a code as a box does, with a key of its own; who is told to wait waits."""
    asked = {"code": code, "public_key": new_key(Kind.USER).public, "hostname": hostname}
    replies: list[Reply] = []

    def answered() -> bool:
        replies.append(JsonClient(api).send("POST", "/api/v1/enrollments", asked))
        return replies[-1].status != TOO_MANY_REQUESTS

    until(answered, "its turn", TURN_S)
    return replies[-1]
