"""One value as it is stored: python value.py {"model": "app.Model", "pk": ..., "field": ...}"""

from __future__ import annotations

import json
import sys

from start import start

apps = start()
asked = json.loads(sys.argv[1])
print(json.dumps(apps.get_model(asked["model"])._base_manager.values_list(asked["field"], flat=True).get(pk=asked["pk"])))
