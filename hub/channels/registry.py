"""Which channels this hub speaks: the folders that the setting CHANNELS names."""

from collections.abc import Mapping
from importlib import import_module

from flask import Flask, current_app

from hub.channels.base import Channel


def build(slugs: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, Channel]:
    """Make each channel from its folder `hub/channels/<slug>`.

    Raises ModuleNotFoundError for a slug without a folder, and whatever sentence a channel has
    for an unusable setting of its own.
    """
    return {slug: import_module(f"hub.channels.{slug}").create(environ) for slug in slugs}


def install(app: Flask, channels: dict[str, Channel]) -> None:
    app.extensions["hub.channels"] = channels


def all_channels() -> dict[str, Channel]:
    """The channels that are switched on, by slug, in the order of the setting."""
    channels: dict[str, Channel] = current_app.extensions["hub.channels"]
    return channels


def channel(slug: str) -> Channel:
    """The channel of this slug. Raises KeyError when it is not switched on."""
    return all_channels()[slug]
