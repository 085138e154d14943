#!/bin/sh
# One door to the project. Needs git, Python 3.11+ and pip or venv; installs the rest by itself.
set -eu
cd "$(dirname "$0")"

VENV=.venv
PYTHON=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

need_python() {
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    for candidate in python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1; then PYTHON=$candidate; return; fi
    done
    say "Hub needs Python 3.11 or later. Install it, or name it: PYTHON=/path/to/python3 ./hub.sh up"
    exit 1
}

# Debian splits ensurepip off: an environment without pip is then filled by the system's pip.
make_environment() {
    [ -x $VENV/bin/python ] && return
    need_python
    say "Making the virtual environment ..."
    "$PYTHON" -m venv $VENV >/dev/null 2>&1 || {
        rm -rf $VENV
        "$PYTHON" -m venv --without-pip $VENV
    }
}

# install FILE: bring the environment to this list of pinned requirements, once for each list.
install() {
    make_environment
    mark=$VENV/.installed-$(basename "$1" .txt)
    wanted=$(cat requirements.txt "$1" | cksum)
    [ "$(cat "$mark" 2>/dev/null)" = "$wanted" ] && return
    say "Installing $1 ..."
    if $VENV/bin/python -m pip --version >/dev/null 2>&1; then
        $VENV/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$1"
    else
        need_python
        "$PYTHON" -m pip --python $VENV/bin/python install -q --disable-pip-version-check \
            --require-hashes -r "$1"
    fi
    printf '%s' "$wanted" > "$mark"
}

# Where nobody has configured anything, everything runs with the sandbox.
flask() {
    [ -n "${SECRET_KEY:-}" ] || [ -f .env ] || export SANDBOX="${SANDBOX:-on}"
    exec $VENV/bin/flask --app wsgi "$@"
}

# collect CATALOGUES FOLDER ...: bring catalogues up to date with the sentences of a folder. What
# a channel with catalogues of its own says is collected for those alone.
collect() {
    catalogues=$1
    folder=$2
    shift 2
    found=$(mktemp)
    $VENV/bin/pybabel -q extract -k _l -k lazy_gettext -k lazy_pgettext:1c,2 --no-location \
        --sort-output -o "$found" "$@" "$folder"
    $VENV/bin/pybabel -q update -i "$found" -d "$catalogues" -l fr --no-fuzzy-matching \
        --ignore-obsolete --ignore-pot-creation-date --no-wrap --init-missing
    rm -f "$found"
    $VENV/bin/pybabel compile -d "$catalogues" --statistics
}

usage() {
    cat <<'TEXT'
./hub.sh up              set up what is missing and serve the hub, its worker and its sandbox
./hub.sh test [...]      run every test (arguments go to pytest)
./hub.sh torture [...]   kill, cut off and mislead a hub for minutes: is a message lost or doubled?
./hub.sh lint            ruff, mypy and the import rules
./hub.sh translate       collect the texts of pages and compile the catalogues
./hub.sh pictures        take a picture of each page into pictures/
./hub.sh bench [...]     measure the hub on this machine (docs/bench.md; --quick: in two minutes)
./hub.sh bench-data [...] fill a hub with years of work and measure its pages
./hub.sh soak [...]      keep it under load for a quarter of an hour, and say what did not hold
./hub.sh help            this text
./hub.sh COMMAND ...     any command of the hub (./hub.sh --help lists them)
TEXT
}

case "${1:-help}" in
help | -h) usage ;;
up)
    shift
    install requirements.txt
    flask up "$@"
    ;;
test)
    shift
    install requirements-dev.txt
    exec $VENV/bin/python -m pytest -n auto "$@"
    ;;
torture)
    shift
    install requirements-dev.txt
    exec $VENV/bin/python -m tests.laws.continuity "$@"
    ;;
lint)
    install requirements-dev.txt
    $VENV/bin/ruff check .
    $VENV/bin/ruff format --check .
    $VENV/bin/mypy
    $VENV/bin/lint-imports
    ;;
translate)
    install requirements-dev.txt
    own=
    for brought in hub/channels/*/translations; do
        [ -d "$brought" ] || continue
        collect "$brought" "$(dirname "$brought")"
        own="$own $(basename "$(dirname "$brought")")"
    done
    collect hub/translations . -F hub/translations/babel.cfg --ignore-dirs ".* ._$own"
    ;;
pictures)
    install requirements-dev.txt
    exec $VENV/bin/python -m tests.e2e.pictures
    ;;
bench)
    shift
    install requirements-dev.txt
    exec $VENV/bin/python -m tests.bench "$@"
    ;;
bench-data)
    shift
    install requirements-dev.txt
    exec $VENV/bin/python -m tests.bench.volume "$@"
    ;;
soak)
    shift
    install requirements-dev.txt
    exec $VENV/bin/python -m tests.bench.soak "$@"
    ;;
*)
    install requirements.txt
    flask "$@"
    ;;
esac
