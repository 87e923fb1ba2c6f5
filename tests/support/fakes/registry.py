"""A public register of credentials on loopback, and claims that are looked up in it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.registries import npi
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.values import Claim
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import LICENCE, NOW, pack

NUMBER, OTHER_NUMBER = "1234567893", "1245319599"


def npi_entry(number: str = NUMBER, *, first: str = "ADA", last: str = "QUILL", **more: Any) -> dict[str, Any]:
    """One entry, as NPPES has it (API version 2.1)."""
    basic = {"first_name": first, "last_name": last, "credential": "MD", "status": "A", **more.pop("basic", {})}
    taxonomies = [{"code": "207RC0000X", "desc": "Cardiology", "primary": True, "state": "NY", "license": "234567"}]
    return {"number": int(number), "enumeration_type": "NPI-1", "basic": basic, "taxonomies": taxonomies, "addresses": [], "other_names": [], **more}


class Registry:
    """A registry on loopback. ``body`` is what it answers; ``asked``: the numbers; ``meanwhile`` is done while it is asked."""

    def __init__(self) -> None:
        self.body: Any = {"result_count": 1, "results": [npi_entry()]}
        self.status, self.asked = 200, list[str]()
        self.meanwhile: Callable[[], object] = lambda: None
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                registry.asked.append(query["number"][0])
                assert query["version"] == ["2.1"]
                registry.meanwhile()
                raw = registry.body if isinstance(registry.body, bytes) else json.dumps(registry.body).encode()
                self.send_response(registry.status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def pack_with_npi() -> Pack:
    licences = [{**one.model_dump(mode="json"), "id": "npi"} for one in pack().licences] + [pack().licences[0].model_dump(mode="json")]
    follow_ups = [*(one.model_dump() for one in pack().follow_ups), {"id": "differs", "when": "contradiction", "text": "How does that go together?"}]
    return pack(licences=licences, follow_ups=follow_ups, policy={"required_credentials": ["npi"], "credential_status": "registry-matched"})


def claim_npi(case: Case, **fields: str) -> Claim:
    with case.store.begin() as unit:
        return forms.add(unit, case.person, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "United States", **fields}, NOW)


PHYSICIANS = {"npi": frozenset({"20"})}


def looked_up_claim(case: Case, registry: Registry, claim: Claim, now: dt.datetime = NOW) -> Claim:
    checks = {"npi": npi.Nppes(registry.url)}
    claim_history.look_up(case.store, claim.id, checks, now, PHYSICIANS)
    with case.store.read() as unit:
        found = unit.claims.find(claim.id)
    assert found is not None
    return found[1]
