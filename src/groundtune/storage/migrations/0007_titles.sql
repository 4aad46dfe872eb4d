-- Documents are looked up by the title that another one names, however either spaces it.
CREATE INDEX revisions_by_title ON revisions (lower(replace(replace(title, ' ', ''), 'ㆍ', '·')));
