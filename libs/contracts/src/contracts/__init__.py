"""What services say to each other: money, identifiers, messages, subjects, streams."""
