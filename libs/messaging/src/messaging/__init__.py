"""NATS as Renkei uses it: requests, live messages, streams, consumers, key-value."""
