-- One index a filter, each in the order in which pages of the audit log are turned.
CREATE INDEX audit_newest ON audit (company, at DESC, id DESC);
CREATE INDEX audit_newest_of_store ON audit (company, store, at DESC, id DESC);
CREATE INDEX audit_newest_of_operator ON audit (company, operator, at DESC, id DESC);
CREATE INDEX audit_newest_of_action ON audit (company, action, at DESC, id DESC);
