-- the code of a miss, by which a correction is asked for: the same in every book and edition, 40 bits of its key
upper(left(md5({of}rule_id || '/' || {of}source_table || '/' || {of}source_id), 10))
