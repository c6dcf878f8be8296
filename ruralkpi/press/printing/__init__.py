"""HTML to PDF, with fonts of our own."""
