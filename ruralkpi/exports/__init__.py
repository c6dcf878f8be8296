"""What arrives: a declaration per export, and a county's mapping files of the same form laid over them."""
