"""Finding tickets: the search page, and the language in which a citizen writes."""
