"""What the scripts of the peers share: settings from the environment and one line for each step that worked."""

import os
import sys
import traceback
from contextlib import contextmanager

host = os.environ["PEER_HOST"]
port = int(os.environ["PEER_PORT"])
direct_tls_port = int(os.environ.get("PEER_DIRECT_TLS_PORT", "0"))
component_port = int(os.environ.get("PEER_COMPONENT_PORT", "0"))
certificate = os.environ.get("PEER_CERTIFICATE", "")
domain = os.environ["PEER_DOMAIN"]
password = os.environ["PEER_PASSWORD"]

# Seconds one step may take.
patience = 10

failed = False


@contextmanager
def step(name):
    """Says `ok <name>` when the block ran through; a failure is shown and the next step still runs."""
    global failed
    try:
        yield
    except BaseException as error:
        failed = True
        print(f"not ok {name}: {error!r}", flush=True)
        traceback.print_exc()
        if not isinstance(error, Exception):
            raise
    else:
        print(f"ok {name}", flush=True)


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found!r} instead of {wanted!r}")


def finish():
    sys.stdout.flush()
    # Both libraries leave threads and tasks that would keep the process for a while.
    os._exit(1 if failed else 0)
