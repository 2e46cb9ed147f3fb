"""A shop in a box: production code on virtual time, over a bus and a wire that fail by seed."""
