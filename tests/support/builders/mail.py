"""Mail as this service sends it."""

from __future__ import annotations

PORTAL = "https://experts.example.org"
SENDER = "Experts <experts@example.org>"
