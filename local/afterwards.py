"""Runs commands once it is ended, or whoever started it is gone: `afterwards.py COMMANDS`, JSON.

A container belongs to its engine, so it outlives an engine's client that is killed while it starts.
"""

import json
import os
import signal
import subprocess
import sys
import time

ROUNDS, PAUSE_S = 3, 2.0
"""An engine's client that was killed too may have been about to make what is to be removed."""

if __name__ == "__main__":
    parent, commands = os.getppid(), json.loads(sys.argv[1])
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    print("waiting", flush=True)
    signal.sigwait(ending)
    for last in range(ROUNDS):
        for command in commands:
            subprocess.run(command, capture_output=True, check=False)
        if os.getppid() == parent:
            break  # then everything else was ended before us
        time.sleep(PAUSE_S if last < ROUNDS - 1 else 0)
