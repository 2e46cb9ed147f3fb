"""Companies, stores, registers, terminals, pairing, people, settings."""
