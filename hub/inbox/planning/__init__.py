"""How soon a ticket is worked on: its priority, and putting it aside."""
