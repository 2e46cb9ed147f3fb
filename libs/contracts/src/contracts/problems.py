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
    "card_number_in_text": Problem(422, "A text holds a whole card number; leave it out"),
    "too_many_requests": Problem(429, "Too many requests; wait"),
    "unsupported_media_type": Problem(415, "Send application/json"),
    "idempotency_key_reused": Problem(422, "The key was used for another request"),
    "invalid_amount": Problem(422, "The amount must be a whole number of yen from 1 to 9,999,999"),
    "amount_exceeds_balance": Problem(422, "The amount is larger than what is owed"),
    "total_out_of_range": Problem(422, "A sale's total must be from 1 to 9,999,999 yen"),
    "received_too_small": Problem(422, "The cash received is less than the amount"),
    "tenders_do_not_add_up": Problem(422, "The tenders do not add up to the sale's total"),
    "kind_required": Problem(422, "An `other` tender needs a kind"),
    "stands_for_not_in_doubt": Problem(422, "The tender it stands for is not in doubt"),
    # who you are
    "not_authenticated": Problem(401, "Log in first"),
    "invalid_credentials": Problem(401, "Company, operator or password is wrong"),
    "csrf_failed": Problem(403, "The form's token is missing or old"),
    "not_permitted": Problem(403, "Your role may not do this"),
    "authorisation_required": Problem(403, "A manager must confirm this"),
    "authorisation_refused": Problem(403, "The confirmation's operator or password is wrong"),
    "enrolment_refused": Problem(403, "This code enrols nothing; have a new one made"),
    "not_present_box": Problem(403, "Another box, or none, stands for this store now"),
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
    "unknown_case": Problem(404, "There is no such case"),
    "unknown_brand_rule": Problem(404, "There is no such rule of the store's own"),
    "unknown_notice": Problem(404, "There is no such announcement of yours"),
    "unknown_box": Problem(404, "There is no such box"),
    "unknown_printer": Problem(404, "There is no such printer"),
    "no_slip": Problem(404, "Nothing was approved for this tender: there is no slip"),
    "no_slip_for_code_payment": Problem(404, "A code payment has no slip"),
    # what the state forbids
    "outdated": Problem(409, "It was changed since you looked; look again"),
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
    "not_cancellable": Problem(409, "The brand's rule forbids to give it back on the terminal"),
    "card_money_not_in_cash": Problem(409, "It is given back on the terminal, never in cash"),
    "original_terminal_gone": Problem(409, "The terminal that took it is not there any more"),
    "tenders_not_refunded": Problem(409, "A terminal tender of the sale is not refunded"),
    "tenders_do_not_match_terminal": Problem(409, "The terminal's record says otherwise"),
    "terminal_answers": Problem(409, "The terminal can still be asked; its own word is coming"),
    "case_settled": Problem(409, "The case is settled"),
    "way_not_offered": Problem(409, "The case cannot be settled in this way"),
    "tenders_do_not_match": Problem(409, "The tender that would go is not of that amount"),
    "not_in_journal": Problem(409, "The terminal's journal does not show it"),
    "already_read": Problem(409, "The card was already read"),
    "abort_not_supported": Problem(409, "The link cannot abort; cancel on the terminal"),
    "register_taken_over": Problem(409, "Another page has taken this register over"),
    "reprint_on_terminal": Problem(409, "The register prints it no more; the terminal does"),
    "no_receipt_yet": Problem(409, "The sale is not paid: there is no receipt yet"),
    "no_printer": Problem(409, "The register has no printer"),
    "too_many_brand_rules": Problem(409, "There are as many rules as there can be"),
    "too_many_notices": Problem(409, "There are as many announcements as there can be"),
    "own_access": Problem(409, "You cannot take your own administration away"),
    "too_many_printers": Problem(409, "The store has as many printers as it can have"),
    "too_many_boxes": Problem(409, "Too many boxes were replaced or revoked in a month"),
    "paper_too_long": Problem(409, "It makes more paper than can be drawn at once"),
    "number_not_masked": Problem(409, "A number on it shows more digits than it may"),
    "changed_meanwhile": Problem(409, "It was changed meanwhile; look again"),
    # out of reach, at once
    "terminal_unreachable": Problem(503, "The terminal or its store cannot be reached"),
    "edge_storage_full": Problem(503, "The store's box has no room for a result"),
    "slip_not_ready": Problem(503, "The slip's fields are still on their way; ask again"),
    "enrolment_not_configured": Problem(503, "No box can be enrolled here: no signing key"),
    "service_unavailable": Problem(503, "A part of Renkei does not answer"),
    "internal_error": Problem(500, "Something went wrong on our side"),
}
