-- Paid and never OK'd: looked for at the change of the store's day.
CREATE INDEX sale_paid ON sale (id) WHERE state = 'paid';
