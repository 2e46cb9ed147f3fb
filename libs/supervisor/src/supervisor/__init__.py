"""The whole system on one machine: embedded servers, every service a process."""
