"""Why people cannot be linked or parted, or a code cannot be sent. Nothing was changed then."""


class CannotIdentify(Exception):
    """See the cases below."""


class SamePerson(CannotIdentify):
    """They are one person already."""


class LinkedElsewhere(CannotIdentify):
    """Somebody has linked one of them with another person meanwhile. Load the page again."""


class UndoneAlready(CannotIdentify):
    """Somebody else undid the link."""


class LinkedOn(CannotIdentify):
    """The person was linked with yet another one since. Undo that link first."""


class TicketsTogether(CannotIdentify):
    """A ticket of the one was merged with a ticket of the other. Undo the merge first:
    `reference` is the ticket that holds both."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class NoPrivateWay(CannotIdentify):
    """No ticket of the other person can be answered in private now."""


class TooManyCodes(CannotIdentify):
    """Enough codes were sent for today, for this ticket or to that person."""


class WrongCode(CannotIdentify):
    """It is not the code. `left`: how many tries there are still."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class NoCode(CannotIdentify):
    """There is no code to be told in this ticket: it has expired, was told, or tried too often."""
