-- Letters in the name of a company, for its people (consult/behalf.py). Hardly any letter is one.
ALTER TABLE letters ADD COLUMN company_id TEXT;
CREATE INDEX letters_of_company ON letters (company_id, received_at, id) WHERE company_id IS NOT NULL;
