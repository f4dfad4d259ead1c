-- Deliveries that were given up, among all that are kept: an index ends with the row's id, so each state's are read newest first.
CREATE INDEX github_deliveries_by_state ON github_deliveries (state);
