"""One store's terminals: intent, progress, outcome, recovery."""
