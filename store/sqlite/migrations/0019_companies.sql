-- Companies, who opens their boxes, and who was asked to (mailbox/companies). A code has one company that is active.
CREATE TABLE companies (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    code TEXT NOT NULL, authorised_id TEXT NOT NULL, state TEXT NOT NULL, applied_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX companies_by_code ON companies (code) WHERE state = 'active';
CREATE INDEX companies_in_state ON companies (state, applied_at, id);
CREATE INDEX companies_of_person ON companies (authorised_id);

CREATE TABLE company_delegates (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    company_id TEXT NOT NULL, account_id TEXT NOT NULL, since INTEGER NOT NULL
);
CREATE INDEX delegates_of_company ON company_delegates (company_id, since);
CREATE INDEX delegates_by_account ON company_delegates (account_id, since);

CREATE TABLE company_invitations (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL,
    company_id TEXT NOT NULL, sent_to TEXT, expires_at INTEGER NOT NULL
);
CREATE INDEX invitations_of_company ON company_invitations (company_id, expires_at);
CREATE INDEX invitations_to_phone ON company_invitations (sent_to) WHERE sent_to IS NOT NULL;
CREATE INDEX invitations_by_end ON company_invitations (expires_at);

-- Closed boxes whose mail is still to be deleted (mailbox/mail/ending.py).
ALTER TABLE boxes ADD COLUMN ends_at INTEGER;
CREATE INDEX boxes_ending ON boxes (ends_at) WHERE ends_at IS NOT NULL;
