"""The X (Twitter) channel: public posts and direct messages."""

from hub.channels.twitter.settings import SETTINGS

__all__ = ["SETTINGS"]
