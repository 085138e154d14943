"""Rules of the house that no single room can keep alone."""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from hub import create_app
from hub.accounts.access import access_of
from hub.extensions import db
from hub.search.engines import is_in_the_models
from tests.conftest import make_settings

ROOT = Path(__file__).parent.parent


def test_every_route_says_who_may_enter(app):
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if access_of(app.view_functions[rule.endpoint]) is None
    ]
    assert silent == []


def test_every_page_of_the_hub_asks_for_a_sign_in_unless_it_says_otherwise(app, client):
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint])
        if access in {"public", "guarded"} or "GET" not in rule.methods:
            continue
        values = {name: converter_example(rule, name) for name in rule.arguments}
        answer = client.get(rule.build(values)[1])
        assert answer.status_code == 302, rule
        assert "/login" in answer.location, rule


def converter_example(rule, name: str) -> str | int:
    kind = type(rule._converters[name]).__name__
    return 1 if kind == "IntegerConverter" else "2026-000001-A"


def test_rooms_import_in_one_direction():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_migrations_have_one_head():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_models_equal_migrations(app):
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": is_in_the_models}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, db.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(engine_name, new_database, tmp_path):
    app = create_app(make_settings(tmp_path, new_database(engine_name)))
    with app.app_context():
        upgrade()
        downgrade(revision="base")
        with db.engine.connect() as connection:
            left = set(db.inspect(connection).get_table_names()) - {"alembic_version"}
        assert left == set()
        upgrade()
        db.engine.dispose()


def test_no_module_is_a_drawer_for_everything():
    drawers = {"utils", "helpers", "common", "misc"}
    assert [p for p in ROOT.glob("hub/**/*.py") if p.stem in drawers] == []
