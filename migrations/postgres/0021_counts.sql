-- What is counted for the metrics, without a walk through the journal.
CREATE INDEX message_by_unsettled ON message (not_before) WHERE settled IS NULL;
CREATE INDEX message_by_need ON message (settled) WHERE needs_user = 1;
