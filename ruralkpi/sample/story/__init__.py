"""What truly happens in a county: people, customers, visits, complaints and the rest, before anybody writes it down."""
