"""Prints how the live resolver differs from the list of addresses that Label Studio ships: (address, view name) missing and added."""

from __future__ import annotations

import io
import json
from collections import Counter

from start import start

start()

if __name__ == "__main__":
    from core.utils.io import find_file
    from django.core.management import call_command

    printed = io.StringIO()
    call_command("show_urls", format="pretty-json", stdout=printed)
    with open(find_file("all_urls.json"), encoding="utf-8") as file:
        stock = Counter((one["url"], one["name"]) for one in json.load(file))
    live = Counter((one["url"], one["name"]) for one in json.loads(printed.getvalue()))
    print(json.dumps({"missing": sorted((stock - live).elements()), "added": sorted((live - stock).elements())}))
