"""What must hold: while things happen, and when everything is at rest."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from checkout.model import Sale, Tender
from checkout.ports import Commit
from contracts.operations import StartOperation
from contracts.sales import Method, SaleEvent, SaleState, SaleView, TenderState
from contracts.stores import BrandRule
from ct6100.effects import KeptEntry
from ct6100.records import EntryState, JournalEntry, Kind
from simulated.device import Device
from simulated.invariants import Invariant
from simulated.listener import Listener
from simulated.money_back import MoneyBack
from simulated.page import KEY
from simulated.story import Broken, Story

UNSETTLED: Final = frozenset(
    {
        TenderState.REQUESTED,
        TenderState.IN_PROGRESS,
        TenderState.IN_DOUBT,
        TenderState.REFUNDING,
        TenderState.REFUND_IN_DOUBT,
    }
)
DOUBTS: Final = frozenset({TenderState.IN_DOUBT, TenderState.REFUND_IN_DOUBT})
PAYS: Final = frozenset({TenderState.APPROVED, TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT})
BEGINNINGS: Final = frozenset(
    {"sale_opened", "tender_requested", "tender_approved", "tender_refunding"}
)
"""What an operator's command begins; the terminal's approvals are nobody's (`by` is null)."""

Fault = tuple[Invariant, str]


class Truth:
    """Watches every commit of checkout and every entry in a terminal's journal."""

    def __init__(self, story: Story, failures: list[BaseException]) -> None:
        self.parked: Callable[[str], bool] = lambda _: False
        """Whether the gateway has given up finding out about an operation."""
        self.kept: Callable[[Device, JournalEntry], bool] = lambda _device, _entry: True
        """Whether the result of an entry is on some box's disk, or was, before it was damaged."""
        self.sales: dict[str, Sale] = {}
        self._story = story
        self._failures = failures
        self._devices: list[Device] = []
        self._sequences: Counter[str] = Counter()
        self._tender_of: dict[str, tuple[str, int]] = {}
        self._charges: Counter[str] = Counter()
        self._charged: Counter[tuple[str, int]] = Counter()
        self._taken: Counter[str] = Counter()
        """By sale: what terminals charged for it."""
        self._event_ids: set[str] = set()
        self._begun: Counter[str] = Counter()
        self._entries: dict[tuple[str, str, str], int] = {}
        self._back = MoneyBack(self._devices)

    def watch(self, device: Device) -> None:
        """Hear of everything that this terminal books, and whether it hangs."""
        self._devices.append(device)
        device.on_charge = self.on_charge
        device.on_refund = self.on_refund
        device.on_entry = self.on_entry
        device.on_stored = self.on_stored
        device.on_freeze = self.on_freeze

    def keys_expired(self) -> None:
        """A day has passed: what was asked under a key before may be done again."""
        self._begun.clear()

    # --- while things happen ---

    def on_entry(self, device: Device, entry: JournalEntry) -> None:
        """A terminal has written into its journal, just now."""
        key = (device.serial, entry.terminal_business_date, entry.slip_number)
        if self._entries.setdefault(key, entry.number) != entry.number:
            raise self._fail(Invariant.ENTRIES_TOLD_APART, f"two entries are {key}")

    def on_stored(self, device: Device, entry: JournalEntry) -> None:
        """A terminal was told that it need not tell this result again."""
        if not self.kept(device, entry):
            what = f"the result of {entry.operation_id} is on no disk"
            raise self._fail(Invariant.STORED_MEANS_STORED, what)

    def on_freeze(self, device: Device) -> None:
        """A terminal hangs."""
        raise self._fail(Invariant.NOT_FROZEN_BY_US, f"{device.code} froze")

    def on_charge(self, entry: JournalEntry) -> None:
        """A terminal has taken money, just now."""
        self._story.count("charge")
        operation_id = entry.operation_id or ""
        self._charges[operation_id] += 1
        if self._charges[operation_id] > 1:
            raise self._fail(Invariant.CHARGED_ONCE, f"operation {operation_id} twice")
        tender = self._tender_of.get(operation_id)
        if tender is None:
            what = f"{operation_id} was never recorded"
            raise self._fail(Invariant.NOT_CHARGED_UNASKED, what)
        self._charged[tender] += 1
        if self._charged[tender] > 1:
            raise self._fail(Invariant.CHARGED_ONCE, f"tender {tender} twice")
        self._not_beyond_what_is_owed(self.sales[tender[0]], entry)

    def on_refund(self, device: Device, entry: KeptEntry) -> None:
        """A terminal has given money back, just now."""
        self._story.count("money back")
        paid = device.paid_by(entry)
        sale_id, _ = self._tender_of.get((paid and paid.operation_id) or "", ("", 0))
        sale = self.sales.get(sale_id)
        fault = self._back.on_refund(device, entry, paid, sale)
        if fault is not None:
            raise self._fail(*fault)
        if sale is not None:
            self._taken[sale.id] -= entry.amount
            how = "as asked" if entry.operation_id else "by hand"
            self._story.count(f"money back {how}, sale {sale.state}")

    def rules(self, rules: tuple[BrandRule, ...]) -> None:
        """What the store's brands allow."""
        self._back.not_on_terminal = frozenset(rule.brand for rule in rules if not rule.cancellable)

    def on_start(self, command: StartOperation) -> None:
        """A command that starts something is on its way to a terminal."""
        fault = self._back.on_start(command, self.sales.get(command.sale_id))
        if fault is not None:
            raise self._fail(*fault)

    def given_back(self, operation_id: str) -> bool:
        """Whether a terminal gave back what it took as this operation."""
        return self._back.of_operation(operation_id) is not None

    def _not_beyond_what_is_owed(self, sale: Sale, entry: JournalEntry) -> None:
        """The same money is asked for again only where somebody released the first asking."""
        self._taken[sale.id] += entry.amount
        if any(tender.released_by is not None for tender in sale.tenders):
            self._story.count("charge of a sale with a released tender")
            return
        if self._was_lied_to(sale):
            return
        by_other_means = sum(
            tender.amount
            for tender in sale.tenders
            if tender.counted and tender.method is not Method.TERMINAL
        )
        in_cash = sum(
            tender.amount
            for tender in sale.tenders
            if tender.refunded_by == "cash" and tender.method is Method.TERMINAL
        )
        taken = by_other_means + self._taken[sale.id] - in_cash
        if taken > sale.total:
            what = f"{sale.number} owes ¥{sale.total} and ¥{taken} were taken"
            raise self._fail(Invariant.NOT_CHARGED_UNASKED, what)

    def _was_lied_to(self, sale: Sale) -> bool:
        """Whether a terminal said that nothing was taken for this sale, when something was."""
        return any(
            self._tender_of.get(operation_id or "", ("", 0))[0] == sale.id
            for device in self._devices
            for operation_id in device.contradicted
        )

    def on_commit(self, commit: Commit) -> None:
        """checkout has made something true, just now."""
        for event in commit.events:
            self._on_event(event)
        for sale in (commit.sale, commit.parked):
            if sale is None:
                continue
            fault = self._back.on_commit(sale)
            if fault is not None:
                raise self._fail(*fault)
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
            what = f"event {event.sequence} of {event.sale_id} was committed out of its turn"
            raise self._fail(Invariant.EVENTS_WITHOUT_GAP, what)
        self._event_ids.add(event.id)
        self._once_a_key(event)
        self._adds_up(event.sale)
        for tender in event.sale.tenders:
            counted = tender.counted and tender.state is TenderState.APPROVED
            if tender.method is Method.TERMINAL and counted:
                charges = sum(self._charges[operation.id] for operation in tender.operations)
                if charges != 1:
                    what = f"{event.sale.number}/{tender.number} was charged {charges} times"
                    raise self._fail(Invariant.CHARGE_WHERE_PAID, what)

    def _once_a_key(self, event: SaleEvent) -> None:
        key = KEY.get()
        if key is None or event.by is None:
            return
        if event.name in ("tender_withdrawn", "refund_withdrawn"):
            self._begun[key] = 0  # nothing was started, so the same may be asked again
        elif event.name in BEGINNINGS:
            self._begun[key] += 1
            if self._begun[key] > 1:
                what = f"{event.name} for the second time under the key {key}"
                raise self._fail(Invariant.ONE_KEY_ONE_DEED, what)

    def _adds_up(self, sale: SaleView) -> None:
        paid = sum(
            tender.amount for tender in sale.tenders if tender.counted and tender.state in PAYS
        )
        over = sale.state in (SaleState.PAID, SaleState.CLOSED)
        right = (
            paid == sale.paid
            and sale.paid + sale.pending <= sale.total
            and (not over or sale.paid == sale.total or sale.void_due)
            and not (sale.state is SaleState.VOIDED and sale.paid)
            and sale.void_due
            is (sale.state is SaleState.CLOSED and sale.paid < sale.total and _went_back(sale))
            and sale.balance in (0 if over else sale.balance, sale.total - paid - sale.pending)
        )
        if not right:
            what = f"{sale.number}: {paid} of {sale.total}, {sale}"
            raise self._fail(Invariant.ADDS_UP, what)

    # --- at rest ---

    def at_rest(self, listener: Listener) -> Fault | None:
        """Return what does not hold, now that everything had its time."""
        faults = (
            *(self._unsettled(sale) for sale in self.sales.values()),
            *(_of_centre(device) for device in self._devices),
            *(
                self._recorded(entry)
                for device in self._devices
                for entry in device.entries
                if entry.operation_id
            ),
            *(self._back.due(sale) for sale in self.sales.values()),
            *(_case_about_nothing(sale) for sale in self.sales.values()),
            *(self._paid_for_nothing(sale) for sale in self.sales.values()),
            *(_unheard(sale, listener) for sale in self.sales.values()),
        )
        return next((fault for fault in faults if fault is not None), None)

    def _unsettled(self, sale: Sale) -> Fault | None:
        for tender in sale.tenders:
            if tender.state not in UNSETTLED:
                continue
            why = self._why_in_doubt(sale, tender)
            if why is None:
                what = f"{sale.number}/{tender.number} is still {tender.state}"
                return Invariant.NOT_IN_DOUBT_FOR_LONG, what
            self._story.count(f"in doubt for good: {why}")
        return None

    def _why_in_doubt(self, sale: Sale, tender: Tender) -> str | None:
        """Return why people have to decide, if they have to."""
        if tender.state not in DOUBTS:
            return None
        if self._broke_off(tender):
            return "broke off"
        if self.parked(tender.operation.id):
            return "the terminal cannot tell"
        if _has_case(sale, tender.operation.id):
            return "with a case"
        return "the terminal contradicts itself" if self._was_lied_to(sale) else None

    def _broke_off(self, tender: Tender) -> bool:
        """処理未了: the terminal itself does not know; a brand rule or a person decides."""
        entry = self._entry_of(tender.operation.id)
        return entry is not None and entry.state is EntryState.INCOMPLETE

    def _entry_of(self, operation_id: str) -> JournalEntry | None:
        for device in self._devices:
            entry = device.entry_of(operation_id)
            if entry is not None:
                return entry
        return None

    def _recorded(self, entry: JournalEntry) -> Fault | None:
        if entry.state is EntryState.PENDING:
            return Invariant.NOT_IN_DOUBT_FOR_LONG, f"entry {entry.number} is still pending"
        if entry.state is not EntryState.APPROVED:
            return None
        if entry.kind is not Kind.PAYMENT:
            return self._back.told(entry, self.sales, self._tender_of)
        sale_id, number = self._tender_of.get(entry.operation_id or "", ("", 0))
        sale = self.sales.get(sale_id)
        what = f"charge {entry.number} ({entry.operation_id})"
        if sale is None:
            return Invariant.CHARGE_ON_RECORD, f"{what} is on no sale"
        if _has_case(sale, entry.operation_id):
            self._story.count("charge in a case")
            return None
        return self._counted(sale.tender(number), entry, what)

    def _counted(self, tender: Tender | None, entry: JournalEntry, what: str) -> Fault | None:
        doubted = tender is not None and tender.state is TenderState.IN_DOUBT
        if doubted and self.parked(entry.operation_id or ""):
            return None
        if any(entry.operation_id in device.contradicted for device in self._devices):
            self._story.count("charge that its terminal denied")
            return None
        sale = self.sales[self._tender_of[entry.operation_id or ""][0]]
        back = self._back.of_operation(entry.operation_id or "")
        if back is not None or tender is None or not (tender.counted and tender.state in PAYS):
            if self._back.accounts_for(sale, tender, back):
                self._story.count("charge that went back")
                return None
            return Invariant.CHARGE_ON_RECORD, f"{what} is neither paid nor a case: {tender}"
        if tender.amount != entry.amount:
            return Invariant.ADDS_UP, f"{what} is ¥{entry.amount}, the tender ¥{tender.amount}"
        self._story.count("charge on a sale")
        return None

    def _paid_for_nothing(self, sale: Sale) -> Fault | None:
        for tender in sale.tenders:
            if tender.method is not Method.TERMINAL or tender.state is not TenderState.APPROVED:
                continue
            entry = self._entry_of(tender.payment.id)
            if entry is None or entry.state is not EntryState.APPROVED:
                what = f"{sale.number}/{tender.number} is approved, the terminal says {entry}"
                return Invariant.CHARGE_WHERE_PAID, what
        return None

    def _fail(self, invariant: Invariant, what: str) -> Broken:
        """Return the failure, and make it known even where nobody catches it."""
        broken = Broken(invariant, what, self._story)
        self._failures.append(broken)
        return broken


def _went_back(sale: SaleView) -> bool:
    """Whether a terminal's tender of it was given back: only that leaves a closed sale unpaid."""
    return any(
        tender.method is Method.TERMINAL and tender.state is TenderState.REFUNDED
        for tender in sale.tenders
    )


def _has_case(sale: Sale, operation_id: str | None) -> bool:
    """Whether an open case is about this operation: then people decide."""
    return any(
        case.state == "open" and case.evidence.get("operation") == operation_id
        for case in sale.cases
    )


ABOUT_UNUSED: Final = frozenset({"paid_twice", "late_approval"})
"""Cases that say that their sale does not use a charge."""


def _case_about_nothing(sale: Sale) -> Fault | None:
    for case in sale.cases:
        if case.kind not in ABOUT_UNUSED:
            continue
        tender = sale.tender(case.tender or 0)
        if tender is None or not tender.counted or case.state != "open":
            continue
        if tender.operation.id == case.evidence.get("operation"):
            what = f"{sale.number} has a case {case.kind} about a tender that counts"
            return Invariant.CASE_ABOUT_SOMETHING, what
    return None


def _unheard(sale: Sale, listener: Listener) -> Fault | None:
    heard = listener.heard.get(sale.id, 0)
    if heard == sale.sequence:
        return None
    what = f"{heard} of {sale.sequence} events of {sale.id} were heard"
    return Invariant.EVENTS_WITHOUT_GAP, what


def _of_centre(device: Device) -> Fault | None:
    """What the centre booked is what the customer paid: the journal must say the same."""
    states = {entry.number: entry.state for entry in device.entries}
    for number, outcome in device.centre.booked.items():
        if outcome == "approved" and states.get(number) is not EntryState.APPROVED:
            what = f"{device.code} booked {number}, its journal says {states.get(number)}"
            return Invariant.ADDS_UP, what
    return None
