"""Imported by tests that send signals: those that are ignored by whoever started the tests (nohup, a shell in the background) are
not ignored by them, nor by what they start."""
import signal

for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
