"""The playground."""

from flask import Blueprint


def create_blueprint() -> Blueprint:
    return Blueprint("sandbox", __name__, url_prefix="/sandbox")
