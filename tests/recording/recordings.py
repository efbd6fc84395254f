"""What tests of recordings share: memprof, its test data, and a folder for each test."""
import os
import subprocess
import sys
import tempfile
import unittest

MEMPROF = os.path.abspath(sys.argv.pop(1))
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


def data(name):
    return os.path.join(DATA, name)


def memprof(*args, **more):
    return subprocess.run([MEMPROF, *args], capture_output=True, timeout=120, **{"text": True, **more})


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def at(self, name):
        return os.path.join(self.folder, name)

    def ended(self, code, *args):
        p = memprof(*args)
        self.assertEqual(p.returncode, code, p.stderr)
        return p
