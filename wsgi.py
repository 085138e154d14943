"""The door for any WSGI server (`gunicorn wsgi:app`) and for Flask's command line."""

import sys

from config import ConfigurationError
from hub import create_app

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"Hub cannot start. {error}")
