"""TLS context shared by the HTTP clients of one process: reading the certificate authorities takes some 20 ms, again for each client."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def tls_context() -> ssl.SSLContext:
    """What ``httpx`` makes for itself, once. Settings of the environment (``SSL_CERT_FILE``) are not read, as by our clients."""
    return httpx.create_ssl_context(trust_env=False)
