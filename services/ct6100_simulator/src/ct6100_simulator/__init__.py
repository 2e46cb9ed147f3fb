"""A CT-6100 one can touch: its screens, its journal, its faults."""
