"""The settings pages, one module for each subject."""

from hub.admin.views import channels, deliveries, departments, home, people, rules
from hub.admin.views.blueprint import blueprint

__all__ = ["blueprint", "channels", "deliveries", "departments", "home", "people", "rules"]
