"""Drafts of mappings for files that are not understood, and what the mappings that there are do. No guess is put in force."""
