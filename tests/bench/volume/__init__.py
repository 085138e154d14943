"""A hub that has been in use for years, and how fast its pages are then."""
