# shellcheck shell=bash
# Purpose: what scripts/quickstart, scripts/test and scripts/mutants share: a virtual environment in .venv, and system packages.
# Rule: nothing is installed twice, and what cannot be installed is named in one line with the remedy.

VENV=.venv
# shellcheck disable=SC2034  # for the scripts that read this file
EVERYTHING='.[postgresql,mariadb,db2,oracle,ra,console,health,tracing,hsm]'
PATIENCE=900 # seconds that one installation may take

say() { printf '==> %s\n' "$*" >&2; }

give_up() {
  printf 'lockgate: %s\n' "$*" >&2
  exit 2
}

# The newest interpreter on the path that is new enough.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  give_up "Python 3.11 or newer is needed; install it (Debian 12 and later, Ubuntu 24.04 and later: apt-get install python3)"
}

# use_python PROGRAM: a virtual environment beside the ordinary one, named after the version.
use_python() {
  PYTHON=$(command -v "$1") || give_up "$1 is no program"
  VENV=.venv-$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
}

# Prefix for commands that need root; fails where this user cannot become root without being asked.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

may_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

apt_install() {
  local log
  log=$(mktemp)
  # Services stay as they are: the package manager may only unpack and configure.
  if ! as_root env DEBIAN_FRONTEND=noninteractive timeout "$PATIENCE" sh -c \
    'apt-get update -q && apt-get install -y -q --no-install-recommends "$@"' install "$@" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

create_venv() {
  local python venv_package
  [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 && return
  python=$(find_python)
  venv_package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  say "creating $VENV with $("$python" --version)"
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    may_install || give_up "Python's venv module is missing; as root: apt-get install $venv_package"
    say "installing $venv_package"
    apt_install "$venv_package" || give_up "$venv_package could not be installed; as root: apt-get install $venv_package"
  fi
  rm -rf "$VENV"
  "$python" -m venv "$VENV" || give_up "$VENV could not be created; see the lines above"
}

# install_into_venv NAME ARGUMENTS...: pip install, unless that was done for the same pyproject.toml.
install_into_venv() {
  local name=$1 stamp state
  shift
  stamp=$VENV/.lockgate-$name
  state=$(printf '%s\n' "$PWD" "$*" | cat - pyproject.toml | sha256sum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && return
  say "installing Python packages into $VENV ($name); the first time this takes a minute"
  timeout "$PATIENCE" "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --retries 3 "$@" || give_up "pip could not install the packages; see the lines above"
  printf '%s\n' "$state" >"$stamp"
}
