"""How a county writes its story down: spelling, stamps, sheets, slips of the pen."""
