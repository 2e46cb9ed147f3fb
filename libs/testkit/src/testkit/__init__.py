"""What tests use: real servers on free ports, the running system, a fake bus, wires."""
