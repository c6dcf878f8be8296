"""A process with limits, in which workbooks and web pages are read."""
