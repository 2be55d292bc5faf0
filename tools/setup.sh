#!/usr/bin/env bash
# Installs what the build and the tests need: system libraries, an OTP, and the virtual environment.
# A second call finds everything in place and ends at once.
set -euo pipefail
venv=$1
python=$2

packages=()
need() { # need PACKAGE FILE...: install PACKAGE unless one of the files is there
    local package=$1
    shift
    local file
    for file in "$@"; do
        if compgen -G "$file" >/dev/null; then return; fi
    done
    packages+=("$package")
}
need gcc /usr/bin/gcc
need g++ /usr/bin/g++
need libgmp-dev '/usr/include/*/gmp.h' /usr/include/gmp.h
need libpcre2-dev /usr/include/pcre2.h '/usr/include/*/pcre2.h'
need zlib1g-dev /usr/include/zlib.h
need libssl-dev /usr/include/openssl/evp.h
need libncurses-dev /usr/include/term.h
need erlang-base /usr/lib/erlang/releases/start_erl.data
need erlang-runtime-tools '/usr/lib/erlang/lib/runtime_tools-*/ebin'
need erlang-src '/usr/lib/erlang/lib/stdlib-*/src/lists.erl'
need python3-venv '/usr/lib/python3*/ensurepip' "$(dirname "$(command -v "$python")")/../lib/python3*/ensurepip" '/root/.pyenv/versions/*'
if ! "$python" -c 'import sysconfig, os, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null; then
    packages+=(python3-dev)
fi
if [ ${#packages[@]} -gt 0 ]; then
    echo "installing: ${packages[*]}"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

stamp=$venv/.enigma-requirements
wanted='Cython>=3.1 setuptools>=68 wheel pytest>=7 ruff mypy cython-lint'
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
    # shellcheck disable=SC2086
    "$venv/bin/pip" install -q --disable-pip-version-check $wanted
    echo "$wanted" >"$stamp"
fi
