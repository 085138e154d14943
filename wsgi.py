"""The door for any WSGI server (`gunicorn wsgi:app`) and for Flask's command line."""

import gc
import sys

from config import ConfigurationError
from hub import create_app

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"Hub cannot start. {error}")

# What is there now lives as long as the process. Looking through it for garbage, every few hundred
# new objects, was a fifth of the time of a ticket's page.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
