-- the code of a miss, by which its agent asks for a correction: the same in every book and edition; 24 bits of its key, which
-- tell one agent's obligations apart
upper(left(md5({of}rule_id || '/' || {of}source_table || '/' || {of}source_id), 6))
