"""What people are told of the tickets that concern them: in the page, and by e-mail."""
