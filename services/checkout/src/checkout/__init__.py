"""The sale: its tenders, when it is paid, closed, voided, corrected."""
