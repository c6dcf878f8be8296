"""Files into raw and typed tables: readers (what a file holds) · tables (where headers and records stand) · rows (plain ones all
together, others with care) · words, spoken, spelling (what cells say) · typed (what they mean) · cells (how they are kept)."""
