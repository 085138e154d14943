"""The libraries that live as long as the application, made once and joined to it in create_app."""

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from hub.database import Base, install_rules

install_rules()

db = SQLAlchemy(model_class=Base)
migrate = Migrate(render_as_batch=True, compare_type=True)
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()
# Where the counters are says create_app; while they are out of reach each process counts by itself.
limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True)
