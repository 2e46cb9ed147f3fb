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

    def __init__(self, story: Story) -> None:
        self._story = story
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
            raise Broken(f"operation {operation_id} was charged twice", self._story)
        tender = self._tender_of.get(operation_id)
        if tender is None:
            raise Broken(f"{operation_id} was charged and never recorded", self._story)
        self._charged[tender] += 1
        if self._charged[tender] > 1:
            raise Broken(f"tender {tender} was charged twice", self._story)

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
            raise Broken(f"event {event.sequence} of {event.sale_id} leaves a gap", story)
        self._event_ids.add(event.id)
        sale = event.sale
        if sale.paid + sale.pending > sale.total:
            raise Broken(f"{sale.number} takes more than is owed", story)
        for tender in sale.tenders:
            counted = tender.counted and tender.state is TenderState.APPROVED
            if tender.method is Method.TERMINAL and counted:
                charges = sum(self._charges[operation.id] for operation in tender.operations)
                if charges != 1:
                    raise Broken(f"{sale.number}/{tender.number} is paid without a charge", story)

    # --- at rest ---

    def at_rest(self) -> str | None:
        """Return what does not hold, now that everything had its time."""
        for sale in self.sales.values():
            for tender in sale.tenders:
                if tender.state in UNSETTLED and not self._broke_off(tender):
                    return f"{sale.number}/{tender.number} is still {tender.state}"
        entries = [entry for device in self._devices for entry in device.entries]
        for device in self._devices:
            fault = _of_centre(device)
            if fault is not None:
                return fault
        for entry in entries:
            fault = self._recorded(entry)
            if fault is not None:
                return fault
        return self._every_approval_is_a_charge({e.operation_id: e for e in entries})

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
        operation_id = entry.operation_id or ""
        sale_id, number = self._tender_of.get(operation_id, ("", 0))
        sale = self.sales.get(sale_id)
        if sale is None:
            return f"charge {entry.number} ({operation_id}) is on no sale"
        in_case = any(case.evidence.get("operation") == operation_id for case in sale.cases)
        if in_case:
            self._story.count("charge in a case")
            return None
        tender = sale.tender(number)
        if tender is None or tender.state is not TenderState.APPROVED or not tender.counted:
            return f"charge {entry.number} ({operation_id}) is neither paid nor a case: {tender}"
        if tender.amount != entry.amount:
            return f"charge {entry.number} is ¥{entry.amount}, the tender ¥{tender.amount}"
        self._story.count("charge on a sale")
        return None

    def _every_approval_is_a_charge(self, entries: dict[str | None, JournalEntry]) -> str | None:
        for sale in self.sales.values():
            for tender in sale.tenders:
                if tender.method is not Method.TERMINAL or tender.state is not TenderState.APPROVED:
                    continue
                entry = entries.get(tender.operation.id)
                if entry is None or entry.state is not EntryState.APPROVED:
                    return f"{sale.number}/{tender.number} is approved, the terminal says {entry}"
        return None


def _of_centre(device: Device) -> str | None:
    """What the centre booked is what the customer paid: the journal must say the same."""
    states = {entry.number: entry.state for entry in device.entries}
    for number, outcome in device.centre.booked.items():
        if outcome == "approved" and states.get(number) is not EntryState.APPROVED:
            return f"{device.code} booked {number}, its journal says {states.get(number)}"
    return None
