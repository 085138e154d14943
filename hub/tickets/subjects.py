"""What lists show of a matter whose citizen gave it no subject."""

SUBJECT_LENGTH = 100


def subject_of(text: str) -> str:
    """What a list shows of a message: its first line, cut at a word."""
    line = text.strip().partition("\n")[0].strip()
    if len(line) <= SUBJECT_LENGTH:
        return line
    beginning = line[:SUBJECT_LENGTH]
    return (beginning.rpartition(" ")[0].rstrip(" ,;:.") or beginning) + "…"
