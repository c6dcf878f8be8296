"""A file's bytes into sheets of text, whatever it is: delimited text, workbooks, web pages, zips. No meaning yet."""
