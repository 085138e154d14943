"""The citizens one can play: the same people on every network. All of them are invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """`facebook_id` is the page-scoped id; on X people choose `x_name` and `handle` themselves."""

    first_name: str
    last_name: str
    facebook_id: str
    x_id: str
    x_name: str
    handle: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


CITIZENS = (
    Citizen(
        first_name="Maëlle", last_name="Garrigue", facebook_id="25000000000000701",
        x_id="1890000000000000701", x_name="Maëlle G.", handle="maelle_garrigue",
    ),
    Citizen(
        first_name="Yanis", last_name="Benamar", facebook_id="25000000000000702",
        x_id="48123702", x_name="Yanis Benamar", handle="yanis_bmr",
    ),
    Citizen(
        first_name="Josiane", last_name="Roussel", facebook_id="25000000000000703",
        x_id="912345703", x_name="Josiane Roussel", handle="JosianeRoussel",
    ),
    Citizen(
        first_name="Théo", last_name="Marchetti", facebook_id="25000000000000704",
        x_id="1530000000000000704", x_name="théo", handle="theo_mrcht",
    ),
    Citizen(
        first_name="Aïssatou", last_name="Diallo", facebook_id="25000000000000705",
        x_id="1640000000000000705", x_name="Aïssatou D.", handle="aissatou_diallo",
    ),
    Citizen(
        first_name="Corentin", last_name="Le Goff", facebook_id="25000000000000706",
        x_id="2871234706", x_name="Corentin Le Goff", handle="c_legoff",
    ),
    Citizen(
        first_name="Nadège", last_name="Hoarau", facebook_id="25000000000000707",
        x_id="1720000000000000707", x_name="Nadège Hoarau", handle="nadege_hoarau",
    ),
    Citizen(
        first_name="Bruno", last_name="Vasseur", facebook_id="25000000000000708",
        x_id="334455708", x_name="Bruno V.", handle="brunovasseur",
    ),
)  # fmt: skip
