"""Citizens who write on every channel, without a browser."""

import re
from dataclasses import dataclass, field

import requests

PEOPLE = [f"2500000000000070{number}" for number in range(1, 9)]
#: How many of them write to whoever works through what came in.
MANY = 5
SUBJECT = "transports"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Citizens:
    """They write to the hub at this address."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)
    token: str = ""

    def write(self, count: int) -> None:
        """So many messages, each of another matter as far as its channel lets it be, on all
        channels in turn."""
        for number in range(count):
            who, words = PEOPLE[number // 5 % MANY], f"Le car {number} ne passe plus à l’arrêt."
            match number % 5:
                case 0:
                    self.play("posts", who, text=words, attached="shelter.jpg")
                case 1:
                    self.play("x/publish", who, text=f"@Montvallee {words}", attached="bus.mp4")
                case 2 if number < 25:
                    self.play("messages", who, text=words, attached="certificate.pdf")
                case 3 if number < 25:
                    self.play("x/write", who, text=words)
                case _:
                    self.fill_in(words, name=f"Citoyenne {number}")

    def play(self, what: str, who: str, **said: str) -> None:
        """A form of the sandbox."""
        said = {"csrf_token": self._token(), "who": who, **said}
        self._post(f"/sandbox/{what}", said)

    def fill_in(self, words: str, *, name: str) -> None:
        """The form on the council's site."""
        said = {"subject": SUBJECT, "message": words, "name": name, "email": "moi@example.org"}
        self._post("/contact", {"csrf_token": self._token(), **said})

    def _token(self) -> str:
        """One serves all forms of a session."""
        if not self.token:
            found = TOKEN.search(self.session.get(f"{self.url}/contact", timeout=20).text)
            assert found
            self.token = found[1]
        return self.token

    def _post(self, path: str, said: dict[str, str]) -> None:
        answer = self.session.post(f"{self.url}{path}", data=said, timeout=20)
        answer.raise_for_status()
