"""Values as they are stored: python values.py {"model": "app.Model", "pks": [...], "field": ...}"""

from __future__ import annotations

import json
import sys

from start import start

apps = start()
asked = json.loads(sys.argv[1])
rows = apps.get_model(asked["model"])._base_manager.filter(pk__in=asked["pks"]).order_by("pk")
print(json.dumps(list(rows.values_list(asked["field"], flat=True))))
