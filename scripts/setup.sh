#!/bin/sh
# Finds a Python that can set this checkout up, then hands over to setup.py (same arguments).
# Nothing but sh and Python is needed. A name on PATH may be a launcher that fails when run, so each is tried.
unset PYTHONHOME PYTHONPATH __PYVENV_LAUNCHER__
[ -n "${HOME-}" ] || unset HOME

probe='
for name in ("venv", "ensurepip", "ssl", "sqlite3"):
    try:
        __import__(name)
    except ImportError:
        print(name)
        break
'
old='' lame=''
for python in "${PYTHON-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$python" ] || continue
    version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        old="${old:+$old, }$python is $version"
        continue
    }
    missing=$("$python" -c "$probe" 2>/dev/null) || missing=ensurepip
    [ -z "$missing" ] || {
        lame="${lame:-$python ($version) has no module $missing}"
        continue
    }
    exec "$python" -X utf8 "${0%/*}/setup.py" "$@"
done

other='or name another Python: make demo PYTHON=/path/to/python3'
if [ -n "$lame" ]; then
    echo "setup: error: $lame: install it (Debian, Ubuntu: apt install python3-venv) $other" >&2
elif [ -n "$old" ]; then
    echo "setup: error: Python 3.11 or newer is needed, but $old: install one $other" >&2
else
    echo "setup: error: Python 3.11 or newer is needed and none was found: install one $other" >&2
fi
exit 1
