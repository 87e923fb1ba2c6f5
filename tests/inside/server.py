"""Label Studio's own command, as ``ls-expert label-studio`` runs it, with passwords that are hashed in no time: python server.py start …"""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "cheap_passwords"

from label_studio.server import main  # noqa: E402

main()
