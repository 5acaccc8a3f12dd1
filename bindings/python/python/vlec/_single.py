"""The library serves the main interpreter of a process: sub-interpreters would share its types with it."""

import importlib


def check() -> None:
    """Refuses a sub-interpreter, before anything of the compiled half is loaded."""
    if not _is_main():
        raise ImportError(
            "vlec serves the main interpreter of a process, not a sub-interpreter: use threads or processes "
            "(under mod_wsgi: WSGIApplicationGroup %{GLOBAL})"
        )


def _is_main() -> bool:
    # Their names up to 3.12, and from then on. Where there is neither, nothing of Python makes sub-interpreters.
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            interpreters = importlib.import_module(name)
        except ImportError:
            continue
        return bool(interpreters.get_current() == interpreters.get_main())
    return True
