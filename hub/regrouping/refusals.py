"""Why tickets cannot be regrouped. Nothing was changed then."""


class CannotRegroup(Exception):
    """See the cases below."""


class SameTicket(CannotRegroup):
    """A ticket cannot be merged into itself, or linked with itself."""


class OtherPerson(CannotRegroup):
    """They are tickets of different people. Link the people first, if they are one."""


class OtherPlace(CannotRegroup):
    """They came by different accounts, or one is public and the other private. An answer goes
    back where the citizen wrote, so such tickets are linked and not merged."""


class FoldedAlready(CannotRegroup):
    """The messages of one of them are in another ticket already: take that one."""


class BeingSent(CannotRegroup):
    """An answer in it is being sent in this instant. Try again in a moment."""


class NothingLeft(CannotRegroup):
    """Both tickets need a message of the citizen."""


class NotThere(CannotRegroup):
    """A message that was chosen is not in the ticket any more. Load the page and choose again."""


class UndoneAlready(CannotRegroup):
    """Somebody else undid it."""


class StandsBelow(CannotRegroup):
    """What was regrouped later stands on it: undo that first."""
