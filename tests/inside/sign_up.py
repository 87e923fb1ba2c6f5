"""Signs up in Label Studio with Django's own test client; prints status, Retry-After and how many accounts there are before and after."""

from __future__ import annotations

import json
import sys

from start import start

start()


def _sign_up(email: str) -> dict[str, object]:
    from django.test import Client
    from users.models import User

    before, browser = User.objects.count(), Client(HTTP_HOST="localhost")
    browser.get("/user/signup/")
    form = {"email": email, "password": "a-long-password", "allow_newsletters": "false", "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    answer = browser.post("/user/signup/", form)
    return {
        "status": answer.status_code, "retry_after": answer.headers.get("Retry-After"), "made": User.objects.count() - before,
        "says": answer.content.decode(errors="replace")[:4000] if answer.status_code >= 400 else "",
    }


if __name__ == "__main__":
    print(json.dumps(_sign_up(**json.loads(sys.argv[1]))))
