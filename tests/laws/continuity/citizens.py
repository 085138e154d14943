"""The citizens of the plan, on both platforms: they say what is planned, and remember where."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.sandbox.meta.stand_in import FIELDS, MetaStandIn
from hub.sandbox.meta.values import Person as FacebookPerson
from hub.sandbox.values import milliseconds
from hub.sandbox.x import switches
from hub.sandbox.x.identities import HANDLE
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.values import Person as XPerson
from tests.laws.continuity.plan import Act, Edit, Plan, Remove, Say, Talk

#: (network, id there)
Key = tuple[str, str]
JOINED = datetime(2024, 3, 1, tzinfo=UTC)


@dataclass
class Citizens:
    """`ids`: number of a message in the plan -> its id on its platform. `talks`: which talk an id
    belongs to, each version of a post by its own. `began`: when they came, in milliseconds."""

    meta: MetaStandIn
    x: XStandIn
    plan: Plan
    ids: dict[int, str] = field(default_factory=dict, init=False)
    talks: dict[Key, Talk] = field(default_factory=dict, init=False)
    began: int = field(init=False)
    _gone: set[str] = field(default_factory=set, init=False)
    _unheard: set[int] = field(default_factory=set, init=False)
    _postponed: list[Edit | Remove] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.began = milliseconds(self.meta.now())
        self._walls = [post.id for post in self.meta.posts()]
        for number in range(self.plan.citizens):
            with self.meta.change() as facebook:
                facebook.add_person(FacebookPerson(id=_psid(number), first_name="Citoyenne",
                                                   last_name=f"N{number}"))  # fmt: skip
            with self.x.change() as x:
                x.add_person(XPerson(id=_x_id(number), handle=f"citoyenne{number}",
                                     name=f"Citoyenne N{number}", created_at=JOINED))  # fmt: skip

    def do(self, step: Sequence[Act]) -> None:
        """The acts of one step, told together where they are several. While Facebook tells the
        hub nothing nobody changes anything there, since it would never tell of it. What was said
        while a platform told nothing is not removed, since the hub need not have seen it before."""
        network = self.meta if step[0].talk.network == "facebook" else self.x
        with network.batch() if len(step) > 1 else nullcontext():
            for act in step:
                if isinstance(act, Say):
                    self._do(act)
                    if self._may_be_silent(network):
                        self._unheard.add(act.number)
                elif network is self.meta and self.facebook_is_silent():
                    self._postponed.append(act)
                else:
                    self._do(act)

    def catch_up(self) -> None:
        """Change and take back what waited for Facebook to tell of it."""
        while self._postponed:
            self._do(self._postponed.pop(0))

    def colleague_answers(self, talk: Talk, text: str) -> None:
        """Somebody of the council answers in the platform's own tools, while that can be done."""
        said = (key[1] for key, one in self.talks.items() if one == talk)
        first = next((external_id for external_id in said if external_id not in self._gone), None)
        match talk.place:
            case "comment" if first:
                self.meta.page_comments(first, text)
            case "messenger":
                self.meta.page_writes_outside(_psid(talk.citizen), text)
            case "mention" if first:
                self.x.council_posts(text, reply_to=first)
            case "dm":
                self.x.council_writes(_x_id(talk.citizen), text)

    def facebook_is_silent(self) -> bool:
        with self.meta.reading() as store:
            return not store.setting("page_fields", FIELDS)

    def _may_be_silent(self, network: MetaStandIn | XStandIn) -> bool:
        """Nothing is pushed, or tried once only: the hub hears of it when it next asks."""
        if network is self.meta:
            return self.facebook_is_silent()
        with self.x.reading() as store:
            chosen = switches.everything(store)
        return not chosen["webhooks"] or chosen["retries"] == "none"

    def talk_of(self, network: str, external_id: str | None) -> Talk | None:
        return self.talks.get((network, external_id or ""))

    def private_talks(self, place: str) -> dict[str, Talk]:
        """Id of a citizen -> their talk in private messages."""
        name = _psid if place == "messenger" else _x_id
        return {name(talk.citizen): talk for talk in self.plan.talks if talk.place == place}

    def _do(self, act: Act) -> None:
        match act:
            case Say():
                said = self.ids[act.number] = self._say(act)
                self.talks[act.talk.network, said] = act.talk
            case Edit():
                self._edit(act)
            case Remove() if act.number not in self._unheard:
                self._remove(act.talk, self.ids[act.number])

    def _say(self, say: Say) -> str:
        """Gives its id."""
        talk, under = say.talk, None if say.follows is None else self.ids[say.follows]
        match talk.place:
            case "comment":
                wall = self._walls[talk.wall]
                return self.meta.comment(wall, _psid(talk.citizen), say.text, parent=under).id
            case "messenger":
                return self.meta.write(_psid(talk.citizen), say.text).mid
            case "dm":
                return self.x.write(_x_id(talk.citizen), say.text).id
        words = f"@{HANDLE} {say.text}"
        if under is None:
            return self.x.post(_x_id(talk.citizen), words).id
        return self.x.reply(_x_id(talk.citizen), under, words).id

    def _remove(self, talk: Talk, external_id: str) -> None:
        self._gone.add(external_id)
        if talk.place == "comment":
            self.meta.remove_comment(external_id)
        else:
            self.x.delete(external_id)

    def _edit(self, edit: Edit) -> None:
        external_id = self.ids[edit.number]
        match edit.talk.place:
            case "comment":
                self.meta.edit_comment(external_id, edit.text)
            case "messenger":
                self.meta.edit_message(external_id, edit.text)
            case _:
                version = self.x.edit(external_id, f"@{HANDLE} {edit.text}")
                self.talks["twitter", version.id] = edit.talk


def _psid(number: int) -> str:
    return str(26_000_000_000_000_000 + number)


def _x_id(number: int) -> str:
    return str(1_600_000_000_000_000_000 + number)
