#!/usr/bin/env bash
# Makes .venv from requirements.lock, with the project in it. Does nothing if that is already so.
# PYTHON names the interpreter to use; by default the first suitable one on the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

UV_VERSION=0.13.9
STAMP=.venv/setup.stamp

suitable() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.10}; do
        if command -v "$name" >/dev/null && suitable "$name"; then
            command -v "$name"
            return
        fi
    done
    echo "Python 3.10 or newer is needed and none is on the PATH." >&2
    echo "On Debian: apt-get install python3 python3-venv. Or name one: make setup PYTHON=..." >&2
    return 1
}

# What the environment depends on: its place, which its scripts name, and what is installed.
place() {
    echo "$PWD uv $UV_VERSION"
}
wanted() {
    place
    cksum requirements.lock pyproject.toml devtools/setup.sh
}
made_here() {
    [[ -f $STAMP && "$(head -n 1 "$STAMP")" == "$(place)" ]] && .venv/bin/python -c ''
}

if made_here && [[ "$(cat "$STAMP")" == "$(wanted)" ]]; then
    exit 0
fi
if ! made_here; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python cannot make virtual environments: its module venv or ensurepip is missing." >&2
        echo "On Debian: apt-get install python3-venv." >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version); the first time takes a minute or two."
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install -qq --disable-pip-version-check "uv==$UV_VERSION"
fi
place > "$STAMP"  # so that an interrupted installation is not taken for a complete one
# Compiled once here: where Python writes no bytecode, each task would compile its imports anew.
# uv leaves itself and pip in place when it syncs an environment that venv made.
.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python requirements.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
wanted > "$STAMP"
echo "The environment is ready: .venv"
