"""``make parity``: Label Studio's own tests, on stock and with the extension, compared by name. Not part of ``make test``.

``run.py`` makes the environment, ``compare.py`` runs both sides in it, ``outcomes.py`` decides what differs, ``report.py``
says it. ``plugin/`` is what pytest loads inside both runs.
"""
