"""Programs that speak and say when each phone begins and ends; one module per program."""
