-- Published answers by the office that gave them, and what waits for a second person: a new answer to published ones too.
ALTER TABLE public_copies ADD COLUMN office_id TEXT NOT NULL DEFAULT '';
ALTER TABLE public_copies ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
UPDATE public_copies SET office_id = json_extract(CAST(body AS TEXT), '$.office_id'), waits = state = 'proposed';
CREATE INDEX public_copies_of_office ON public_copies (office_id, state, proposed_at, id);
CREATE INDEX public_copies_to_decide ON public_copies (proposed_at, id) WHERE waits = 1;
