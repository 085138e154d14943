"""One change, or one answer, for many tickets at once."""
