"""Makes the speech-to-motion networks that Loquent ships. `python -m training.run --help` is the way in."""
