"""What must hold: while things happen, and when everything is at rest."""

from collections import Counter
from typing import Final

from checkout.model import Sale, Tender
from checkout.ports import Commit
from contracts.sales import Method, SaleEvent, TenderState
from ct6100.records import EntryState, JournalEntry
from simulated.device import Device
from simulated.story import Broken, Story

UNSETTLED: Final = frozenset({TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT})


class Truth:
    """Watches every commit of checkout and every charge of a terminal."""

    def __init__(self, story: Story, failures: list[BaseException]) -> None:
        self._story = story
        self._failures = failures
        self._devices: list[Device] = []
        self._sequences: Counter[str] = Counter()
        self._tender_of: dict[str, tuple[str, int]] = {}
        self._charges: Counter[str] = Counter()
        self._charged: Counter[tuple[str, int]] = Counter()
        self._event_ids: set[str] = set()
        self.sales: dict[str, Sale] = {}

    def watch(self, device: Device) -> None:
        """Hear of every charge on this terminal."""
        self._devices.append(device)
        device.on_charge = self.on_charge

    # --- while things happen ---

    def on_charge(self, entry: JournalEntry) -> None:
        """A terminal has taken money, just now."""
        self._story.count("charge")
        operation_id = entry.operation_id or ""
        self._charges[operation_id] += 1
        if self._charges[operation_id] > 1:
            raise self._fail(f"operation {operation_id} was charged twice")
        tender = self._tender_of.get(operation_id)
        if tender is None:
            raise self._fail(f"{operation_id} was charged and never recorded")
        self._charged[tender] += 1
        if self._charged[tender] > 1:
            raise self._fail(f"tender {tender} was charged twice")
        self._not_beyond_what_is_owed(self.sales[tender[0]], entry)

    def _not_beyond_what_is_owed(self, sale: Sale, entry: JournalEntry) -> None:
        """The same money is asked for again only where somebody released the first asking."""
        if any(tender.released_by is not None for tender in sale.tenders):
            self._story.count("charge of a sale with a released tender")
            return
        taken = sum(
            tender.amount
            for tender in sale.tenders
            if (tender.counted and tender.method is not Method.TERMINAL)
            or any(self._charges[operation.id] for operation in tender.operations)
        )
        if sale.tender_of(entry.operation_id or "") is None:
            self._story.count("charge of a withdrawn tender")
            taken += entry.amount
        if taken > sale.total:
            what = f"{sale.number} owes ¥{sale.total} and ¥{taken} were taken, unasked"
            raise self._fail(what)

    def on_commit(self, commit: Commit) -> None:
        """checkout has made something true, just now."""
        for event in commit.events:
            self._on_event(event)
        for sale in (commit.sale, commit.parked):
            if sale is None:
                continue
            self.sales[sale.id] = sale
            for tender in sale.tenders:
                for operation in tender.operations:
                    self._tender_of[operation.id] = (sale.id, tender.number)

    def _on_event(self, event: SaleEvent) -> None:
        story = self._story
        story.tell("checkout", "{} {} #{}", event.name, event.tender, event.sequence)
        story.count(f"event {event.name}")
        self._sequences[event.sale_id] += 1
        if event.sequence != self._sequences[event.sale_id] or event.id in self._event_ids:
            raise self._fail(f"event {event.sequence} of {event.sale_id} leaves a gap")
        self._event_ids.add(event.id)
        sale = event.sale
        if sale.paid + sale.pending > sale.total:
            raise self._fail(f"{sale.number} takes more than is owed")
        for tender in sale.tenders:
            counted = tender.counted and tender.state is TenderState.APPROVED
            if tender.method is Method.TERMINAL and counted:
                charges = sum(self._charges[operation.id] for operation in tender.operations)
                if charges != 1:
                    raise self._fail(f"{sale.number}/{tender.number} is paid without a charge")

    # --- at rest ---

    def at_rest(self) -> str | None:
        """Return what does not hold, now that everything had its time."""
        faults = (
            *(self._unsettled(sale) for sale in self.sales.values()),
            *(_of_centre(device) for device in self._devices),
            *(self._recorded(entry) for device in self._devices for entry in device.entries),
            *(_case_about_nothing(sale) for sale in self.sales.values()),
            *(self._paid_for_nothing(sale) for sale in self.sales.values()),
        )
        return next((fault for fault in faults if fault is not None), None)

    def _unsettled(self, sale: Sale) -> str | None:
        for tender in sale.tenders:
            if tender.state in UNSETTLED and not self._broke_off(tender):
                return f"{sale.number}/{tender.number} is still {tender.state}"
        return None

    def _broke_off(self, tender: Tender) -> bool:
        """処理未了: the terminal itself does not know; a brand rule or a person decides."""
        if tender.state is not TenderState.IN_DOUBT:
            return False
        entry = self._entry_of(tender.operation.id)
        return entry is not None and entry.state is EntryState.INCOMPLETE

    def _entry_of(self, operation_id: str) -> JournalEntry | None:
        for device in self._devices:
            for entry in device.entries:
                if entry.operation_id == operation_id:
                    return entry
        return None

    def _recorded(self, entry: JournalEntry) -> str | None:
        if entry.state is EntryState.PENDING:
            return f"journal entry {entry.number} is still pending"
        if entry.state is not EntryState.APPROVED:
            return None
        sale_id, number = self._tender_of.get(entry.operation_id or "", ("", 0))
        sale = self.sales.get(sale_id)
        what = f"charge {entry.number} ({entry.operation_id})"
        if sale is None:
            return f"{what} is on no sale"
        if any(case.evidence.get("operation") == entry.operation_id for case in sale.cases):
            self._story.count("charge in a case")
            return None
        return self._counted(sale.tender(number), entry, what)

    def _counted(self, tender: Tender | None, entry: JournalEntry, what: str) -> str | None:
        if tender is None or tender.state is not TenderState.APPROVED or not tender.counted:
            return f"{what} is neither paid nor a case: {tender}"
        if tender.amount != entry.amount:
            return f"{what} is ¥{entry.amount}, the tender ¥{tender.amount}"
        self._story.count("charge on a sale")
        return None

    def _paid_for_nothing(self, sale: Sale) -> str | None:
        for tender in sale.tenders:
            if tender.method is not Method.TERMINAL or tender.state is not TenderState.APPROVED:
                continue
            entry = self._entry_of(tender.operation.id)
            if entry is None or entry.state is not EntryState.APPROVED:
                return f"{sale.number}/{tender.number} is approved, the terminal says {entry}"
        return None

    def _fail(self, what: str) -> Broken:
        """Return the failure, and make it known even where nobody catches it."""
        broken = Broken(what, self._story)
        self._failures.append(broken)
        return broken


def _case_about_nothing(sale: Sale) -> str | None:
    for case in sale.cases:
        tender = sale.tender(case.tender or 0)
        if tender is None or not tender.counted:
            continue
        if tender.operation.id == case.evidence.get("operation"):
            return f"{sale.number} has a case {case.kind} about a tender that counts"
    return None


def _of_centre(device: Device) -> str | None:
    """What the centre booked is what the customer paid: the journal must say the same."""
    states = {entry.number: entry.state for entry in device.entries}
    for number, outcome in device.centre.booked.items():
        if outcome == "approved" and states.get(number) is not EntryState.APPROVED:
            return f"{device.code} booked {number}, its journal says {states.get(number)}"
    return None
