"""The rows of tables on their way from cells to raw.*: of small files, of large ones, and of many plain ones at once."""
