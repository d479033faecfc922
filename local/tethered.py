"""Becomes another command that ends when its parent does: `python local/tethered.py COMMAND ...`.

Linux sends a signal at a parent's death to whoever asked for it, and the wish survives an exec. To
ask between fork and exec instead (`preexec_fn`) forces a real fork, which gRPC's threads do not
survive: one start in some hundreds aborted. Elsewhere than on Linux nothing is asked for.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Source: https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html"""

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 # nosec B606 - no shell is the point
