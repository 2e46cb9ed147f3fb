"""The flow of the question who changed what."""

from contracts.audit import AuditFound, FindAudit
from contracts.envelope import Answer, Call
from store_config.audit import may_read
from store_config.keeping import ok, refusal
from store_config.model import Refused
from store_config.ports import AuditLog


class AuditHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    async def find_audit(self, call: Call[FindAudit]) -> Answer:
        """Answer the `AuditFound` of the actor's company, within the actor's stores."""
        actor = call.actor
        if not may_read(actor):
            return refusal(Refused(code="not_permitted"))
        return ok(AuditFound(lines=await self._log.find(actor.company, actor.stores, call.body)))
