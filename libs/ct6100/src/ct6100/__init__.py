"""The CT-6100 link protocol and the terminal itself, without any I/O."""
