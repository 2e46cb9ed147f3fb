"""Every refusal has a name. This table is the only place that ties a name to an HTTP status.

The codes are part of the outward surface (`http-api.md`): they are added to, never renamed.
"""

from typing import Final, NamedTuple


class Problem(NamedTuple):
    """`status` is the HTTP status, `title` plain English for programs' logs (RFC 9457)."""

    status: int
    title: str


PROBLEMS: Final[dict[str, Problem]] = {
    # bad input
    "bad_request": Problem(400, "The request is not HTTP as it should be"),
    "not_json": Problem(400, "The body is not JSON"),
    "body_too_large": Problem(413, "The body is too large"),
    "idempotency_key_required": Problem(400, "An Idempotency-Key header is required"),
    "bad_parameter": Problem(400, "A parameter cannot be read"),
    "invalid_body": Problem(422, "The body does not have the expected shape"),
    "unsupported_media_type": Problem(415, "Send application/json"),
    "idempotency_key_reused": Problem(422, "The key was used for another request"),
    "invalid_amount": Problem(422, "The amount must be a whole number of yen from 1 to 9,999,999"),
    "amount_exceeds_balance": Problem(422, "The amount is larger than what is owed"),
    "total_out_of_range": Problem(422, "A sale's total must be from 1 to 9,999,999 yen"),
    "received_too_small": Problem(422, "The cash received is less than the amount"),
    "kind_required": Problem(422, "An `other` tender needs a kind"),
    "stands_for_not_in_doubt": Problem(422, "The tender it stands for is not in doubt"),
    # who you are
    "not_authenticated": Problem(401, "Log in first"),
    "invalid_credentials": Problem(401, "Company, operator or password is wrong"),
    "csrf_failed": Problem(403, "The form's token is missing or old"),
    "not_permitted": Problem(403, "Your role may not do this"),
    "too_many_attempts": Problem(429, "Too many attempts; wait"),
    "too_many_listeners": Problem(429, "Too many open event streams; close one"),
    # what is not there
    "not_found": Problem(404, "There is no such thing"),
    "method_not_allowed": Problem(405, "This method is not offered here"),
    "unknown_store": Problem(404, "There is no such store"),
    "unknown_register": Problem(404, "There is no such register"),
    "unknown_terminal": Problem(404, "There is no such terminal"),
    "unknown_sale": Problem(404, "There is no such sale"),
    "unknown_tender": Problem(404, "There is no such tender"),
    # what the state forbids
    "request_in_progress": Problem(409, "The same request is being worked on"),
    "balance_due": Problem(409, "Something is still owed"),
    "nothing_owed": Problem(409, "Nothing is owed"),
    "sale_closed": Problem(409, "The sale is closed"),
    "sale_voided": Problem(409, "The sale is voided"),
    "sale_abandoned": Problem(409, "The sale is abandoned"),
    "sale_not_closed": Problem(409, "The sale is not closed"),
    "money_held": Problem(409, "The sale holds money or has a tender in doubt"),
    "tender_in_doubt": Problem(409, "A tender's outcome is not known yet"),
    "terminal_busy": Problem(409, "The terminal is working on another operation"),
    "too_many_tenders": Problem(409, "A sale has at most five tenders"),
    "no_terminal_paired": Problem(409, "No terminal is paired with this register"),
    "terminal_already_paired": Problem(409, "Another register holds this terminal"),
    "terminal_option_not_contracted": Problem(409, "The store has no terminal option"),
    "tender_not_open": Problem(409, "The tender is not waiting for the terminal"),
    "tender_settled": Problem(409, "The tender's outcome is known"),
    "not_in_doubt": Problem(409, "The tender is not in doubt"),
    "already_read": Problem(409, "The card was already read"),
    "abort_not_supported": Problem(409, "The link cannot abort; cancel on the terminal"),
    "register_taken_over": Problem(409, "Another page has taken this register over"),
    "changed_meanwhile": Problem(409, "It was changed meanwhile; look again"),
    # out of reach, at once
    "terminal_unreachable": Problem(503, "The terminal or its store cannot be reached"),
    "edge_storage_full": Problem(503, "The store's box has no room for a result"),
    "service_unavailable": Problem(503, "A part of Renkei does not answer"),
    "internal_error": Problem(500, "Something went wrong on our side"),
}
