"""Lists that people keep under a name, for themselves or for a department."""
