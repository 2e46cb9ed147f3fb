"""Slips (控え) and sale receipts (レシート): what stands on them, kept, drawn and printed."""
