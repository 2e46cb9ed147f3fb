"""The transactional outbox on PostgreSQL: commit first, publish from the record."""
