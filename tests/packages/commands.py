"""What the tests of packages share: commands that must succeed, and how they start."""
import os
import shutil
import subprocess
import sys
import unittest


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def call(*command, **options):
    """What it prints, in bytes."""
    p = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, **options)
    if p.returncode:
        raise AssertionError("%s: exit %d\n%s" % (" ".join(command), p.returncode, (p.stdout + p.stderr).decode(errors="replace")[-8000:]))
    return p.stdout


def main(tools, tests):
    """The exit code: 77 if one of the tools is missing."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        print("not installed: " + ", ".join(missing))
        return 77
    return not unittest.main(argv=sys.argv[:1] + tests, verbosity=2, exit=False).result.wasSuccessful()
