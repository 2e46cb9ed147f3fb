"""From a `Reply` to aiohttp's response, and from a request to a typed body."""

import asyncio
from typing import Final

import msgspec
from aiohttp import hdrs, web

from front.bodies import read_body
from front.model import BODY_SIZE_MAX, Body, Refused, Reply

BODY_READ_S: Final = 10.0
"""1 MiB takes a bad mobile line a few seconds; who sends slower holds a connection for nothing."""


def response_of(reply: Reply) -> web.Response:
    """Return the response for a reply."""
    response = web.Response(status=reply.status, body=reply.body or None)
    if reply.body:
        response.headers[hdrs.CONTENT_TYPE] = reply.content_type
    if reply.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    for name, value in reply.headers:
        response.headers[name] = value
    return response


async def body_of(request: web.Request, kind: type[Body], *, size_max: int = BODY_SIZE_MAX) -> Body:
    """Return the request's body, typed; refuse what is too large, not JSON, or not ours."""
    if (request.content_length or 0) > size_max:
        raise Refused("body_too_large", limit=size_max)
    try:
        if request.content.is_eof():  # it came with its headers, as a till's always does
            raw = await request.read()
        else:
            raw = await asyncio.wait_for(request.read(), BODY_READ_S)
    except web.HTTPRequestEntityTooLarge as error:
        raise Refused("body_too_large", limit=size_max) from error
    except TimeoutError as error:
        raise Refused("not_json", "the body did not arrive in time") from error
    if len(raw) > size_max:
        raise Refused("body_too_large", limit=size_max)
    if not raw and not any(field.required for field in msgspec.structs.fields(kind)):
        return kind()
    if not _is_json(request):
        raise Refused("unsupported_media_type")
    return read_body(raw, kind)


def _is_json(request: web.Request) -> bool:
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower()
    charset = (request.charset or "utf-8").lower()
    return (
        request.content_type == "application/json"
        and encoding == "identity"
        and charset in {"utf-8", "utf8", "us-ascii"}
    )
