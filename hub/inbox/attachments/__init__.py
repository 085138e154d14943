"""The files of messages, shown in the page."""
