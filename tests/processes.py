import subprocess
import sys


def run_python(*command, cwd, code=0):
    """Run Python as a user does; return what it prints on both streams."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert done.returncode == code, done.stdout
    return done.stdout
