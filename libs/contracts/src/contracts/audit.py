"""操作履歴: who changed or overrode what, when, and how it was before; only ever added to.

Two services keep it, each with what it commits: `store_config` every change of a setting,
`checkout` every override about a sale. Both are asked alike, and `front` tells them as one.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import CompanyCode, OperatorCode, RegisterCode, SaleId, StoreCode

LINES_MAX: Final = 200
"""One page; who looks for something filters."""

ID_MAX: Final = 2**53 - 1
"""Above every line's id: a bound with it takes everything of its moment."""

AuditSource = Literal["settings", "sales"]
"""`settings`: kept by `store_config`; `sales`: by `checkout`."""

AuditAction = Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,39}$(?!\n)")]
"""Past tense and open: a newer service says words that an older one does not know."""

SETTINGS_ACTIONS: Final = (
    "store_changed",
    "terminal_paired",
    "terminal_unpaired",
    "terminal_moved",
    "printer_put",
    "printer_removed",
    "printer_assigned",
    "printers_seeded",
    "printer_moved",
    "brand_rule_put",
    "brand_rule_removed",
    "company_rule_put",
    "company_changed",
    "place_imported",
    "person_added",
    "person_changed",
    "support_changed",
    "notice_added",
    "notice_removed",
    "box_created",
    "box_enrolled",
    "box_renewed",
    "box_replaced",
    "box_revoked",
    "box_withdrawn",
)
"""What `store_config` writes."""

OVERRIDE_ACTIONS: Final = (
    "sent_beside_a_doubt",
    "tender_resolved",
    "case_settled",
    "refund_authorised",
    "sale_voided",
    "sale_corrected",
)
"""What `checkout` writes: each has a person who answers for it by name."""

AuditOperator = Annotated[str, Meta(max_length=64)]
"""A person's code, or the id of a box that did it itself."""

AuditStore = Annotated[str, Meta(max_length=32)]
"""A store's code, or empty: it was done to the company."""

AuditFacts = dict[str, str | int | bool | None]
"""What is known of a thing, by name; a name that is absent on one side was not there."""


class AuditAsk(Message, frozen=True, kw_only=True):
    """Which lines, newest first: those with (`at`, `id`) below (`before_at`, `before_id`).

    `operator` is who did it or who authorised it. From `since` on, and before `until`.
    """

    store: StoreCode | None = None
    operator: OperatorCode | None = None
    action: AuditAction | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_at: datetime | None = None
    before_id: int = 0
    limit: Annotated[int, Meta(ge=1, le=LINES_MAX + 1)] = 51


class FindAudit(AuditAsk, tag="find_audit", frozen=True, kw_only=True):
    """Changes of settings of the actor's company. Admin and auditor."""


class FindOverrides(AuditAsk, tag="find_overrides", frozen=True, kw_only=True):
    """Overrides about sales of the actor's company. Admin and auditor."""


class AuditLine(Message, frozen=True, kw_only=True):
    """One thing that somebody did. `id` counts within its `source`; both together name the line.

    `by_company` is another than the company asked for
    where those did it who run Renkei. `operator` is nobody where the one who wanted it is not known
    any more. `before` and `after` hold what differs and nothing else.
    """

    source: AuditSource
    id: int
    at: datetime
    store: AuditStore
    by_company: CompanyCode
    operator: AuditOperator | None
    role: str
    """The operator's, `box`, or empty where it acted through what it had wanted before."""
    action: str
    before: AuditFacts
    after: AuditFacts
    authorised_by: OperatorCode | None = None
    reason: str = ""
    register: RegisterCode | None = None
    sale: SaleId | None = None
    sale_number: str = ""


class AuditFound(Message, frozen=True, kw_only=True):
    """Answer to `FindAudit` and `FindOverrides`: at most `limit` lines, newest first."""

    lines: tuple[AuditLine, ...]
