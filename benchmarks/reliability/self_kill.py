"""Imported by a training: it kills itself in the middle of writing a file.

``KILL_WHILE`` is ``NAME`` or ``NAME:2``: the first or second time that a file
of this name, or its part, is written. Half of it is on the disk then.
"""
import builtins
import io
import os
import re
import signal

NAME, _, TIME = os.environ.get('KILL_WHILE', '').partition(':')
left = int(TIME or 1)
plain_open = builtins.open


class Watched:
    """A file whose writer dies."""

    def __init__(self, file) -> None:
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self._file.close()

    def write(self, content) -> None:
        self._file.write(content[:len(content) // 2])
        self._file.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def watched_open(path, mode='r', *args, **kwargs):
    global left
    file = plain_open(path, mode, *args, **kwargs)
    name = re.sub(r'^\.part-\w+-', '', os.path.basename(str(path)))
    if NAME and 'w' in mode and name == NAME:
        left -= 1
        if not left:
            return Watched(file)
    return file


builtins.open = io.open = watched_open
