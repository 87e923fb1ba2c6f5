"""Arguments that the two servers share: address, port, processes, threads."""

from __future__ import annotations

import argparse


def add_server_arguments(parser: argparse.ArgumentParser, *, port: int, threads: int) -> None:
    """Add them, with these defaults for port and threads per process."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=port, help="port to listen on (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=threads, help="threads per process: requests at a time (default: %(default)s)")
