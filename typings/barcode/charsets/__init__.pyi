"""Tables of symbologies."""
