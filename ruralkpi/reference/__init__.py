"""The reference pages of docs/, made from what the program itself goes by (make reference)."""
