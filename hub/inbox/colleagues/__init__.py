"""Working on a ticket together: asking others about it, following it, naming people in notes."""
