"""What must hold in every simulated store: each has a name, and a planted bug names the one."""

from enum import StrEnum


class Invariant(StrEnum):
    """Checked while things happen (now) or when everything had its time (at rest)."""

    CHARGED_ONCE = "a customer is charged at most once for one tender"
    """Now: at every entry that a terminal approves."""
    NOT_CHARGED_UNASKED = "what is charged was asked for, and owed"
    """Now: the operation stands on a sale, and the sale's tenders do not exceed its total."""
    CHARGE_ON_RECORD = "every charge is on a sale or in an open case"
    """At rest."""
    CHARGE_WHERE_PAID = "what counts as paid by terminal was charged"
    """Now and at rest."""
    ADDS_UP = "paid, pending and total add up, and so do the books of terminal and centre"
    """Now and at rest."""
    CASE_ABOUT_SOMETHING = "a case is about a payment that its sale does not use"
    """At rest."""
    STORED_MEANS_STORED = "a result that its terminal may forget is on the box's disk"
    """Now: at every `ResultStored`."""
    ENTRIES_TOLD_APART = "journal entries differ in serial, day or slip number"
    """Now: at every entry that is written."""
    EVENTS_WITHOUT_GAP = "the events of a sale are numbered from 1 without a gap"
    """Now, at the commit, and at the stream: in order, none left out; at rest at the listener."""
    ONE_KEY_ONE_DEED = "what was asked under one key was done once"
    """Now."""
    NOT_IN_DOUBT_FOR_LONG = "nothing stays in doubt once everything works"
    """At rest."""
    NOT_FROZEN_BY_US = "nothing that we send freezes a terminal"
    """Now."""
    NOTHING_CRASHES = "no process ends by an error that it did not expect"
    """Now."""
