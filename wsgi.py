"""The door for any WSGI server (`gunicorn wsgi:app`) and for Flask's command line."""

from hub import create_app

app = create_app()
