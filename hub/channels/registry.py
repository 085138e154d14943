"""Which channels this hub speaks: the folders that the setting CHANNELS names."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from flask import Flask, current_app
from sqlalchemy import BindParameter, bindparam

from config import ConfigurationError
from hub import channels
from hub.channels.base import Channel


def build(slugs: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, Channel]:
    """Make each channel from its folder `hub/channels/<slug>`.

    Raises ConfigurationError for a slug without a folder, and with whatever sentence a channel
    has for an unusable setting of its own.
    """
    return {slug: _folder(slug).create(environ) for slug in slugs}


def names() -> list[str]:
    """The slugs that CHANNELS may name: the folders beside this module."""
    return sorted(module.name for module in iter_modules(channels.__path__) if module.ispkg)


def catalogues(slugs: tuple[str, ...]) -> list[Path]:
    """The `translations` folders that these channels bring of their own."""
    places = [Path(place) / slug / "translations" for slug in slugs for place in channels.__path__]
    return [place for place in places if place.is_dir()]


def _folder(slug: str) -> ModuleType:
    if slug not in names():
        raise ConfigurationError(
            f"CHANNELS names {slug!r}: write one or more of {', '.join(names())}."
        )
    return import_module(f"{channels.__name__}.{slug}")


def install(app: Flask, spoken: dict[str, Channel]) -> None:
    """Let the application speak these channels, and its pages name them."""
    app.extensions["hub.channels"] = spoken
    app.jinja_env.globals.update(channel_name=channel_name, channel_icon=channel_icon)


def all_channels() -> dict[str, Channel]:
    """The channels that are switched on, by slug, in the order of the setting."""
    spoken: dict[str, Channel] = current_app.extensions["hub.channels"]
    return spoken


def slugs_on(wanted: Callable[[Channel], object] | None = None) -> BindParameter[list[str]]:
    """Their slugs at each run of a statement that is kept: of all that are switched on, or of those
    among them that are wanted."""

    def slugs() -> list[str]:
        return [slug for slug, known in all_channels().items() if not wanted or wanted(known)]

    return bindparam("channels", callable_=slugs, expanding=True, unique=True)


def channel(slug: str) -> Channel:
    """The channel of this slug. Raises KeyError when it is not switched on."""
    return all_channels()[slug]


def channel_name(slug: str) -> str:
    """The platform's name, also when its channel has been switched off since."""
    known = all_channels().get(slug)
    return str(known.label) if known else slug.capitalize()


def channel_icon(slug: str) -> str:
    """The name of the platform's symbol in hub/static/icons.svg."""
    known = all_channels().get(slug)
    return known.icon if known else Channel.icon


def sentence(slug: str, code: str) -> str:
    """The channel's own sentence for a code, in the reader's language; "" when it has none."""
    known = all_channels().get(slug)
    return str(known.sentences.get(code, "")) if known else ""
