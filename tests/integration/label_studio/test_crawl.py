"""Experts try every address of a real Label Studio, in every way, on somebody else's project full of canaries."""

from __future__ import annotations

import itertools
import json
import re
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import ALLOWED
from tests.support.adversarial.crawl import (
    ABSENT,
    ENDING,
    KEYS,
    METHODS,
    RESULT,
    UNTRUE,
    UNWRITABLE,
    WAYS,
    WHITE_SPACE,
    WRITING,
    Pattern,
    addresses,
    bodies,
    naming,
    nested,
    odd_types,
    queries,
)
from tests.support.adversarial.scene import ENDED, EXPERT, NEWCOMER, REVOKED, ROOT, Scene, build
from tests.support.clients.in_process import Answer, Call, make
from tests.support.servers.label_studio import LabelStudio

pytestmark = [pytest.mark.database, pytest.mark.slow("thousands of calls; each of the tests waits for all of them"), pytest.mark.timeout(3600)]

# What make test asks.
ONE_OF = 10
# Errors of Label Studio 1.23.2 itself, on addresses with ".json" at the end.
BROKEN_IN_STOCK = ("UserAPI.avatar() got an unexpected keyword argument 'format'",)


def _on_foreign_addresses(scene: Scene) -> Iterator[Call]:
    """Every pattern, every method. The expert comes by every way in. Each of the others comes by one of the four, another from call
    to call; what is refused by its name is tried by one of them."""
    ways, turn = itertools.cycle(WAYS), itertools.cycle(itertools.product((NEWCOMER, ENDED, REVOKED), WAYS))
    for pattern in scene.patterns:
        is_allowed = pattern.key in ALLOWED
        for address, method in itertools.product(addresses(pattern, scene.foreign), METHODS):
            others = [(name, next(ways)) for name in (NEWCOMER, ENDED, REVOKED)] if is_allowed else [next(turn)]
            for name, way in [*((EXPERT, way) for way in WAYS), *others]:
                for body in itertools.islice(bodies(method, scene.foreign.ids), 2 if is_allowed else 1):
                    accept = {"accept": "text/html"} if way == "session" and method == "GET" else {}
                    yield Call(f"{name}, {way}", method, address, {**body, **accept}, is_undone=pattern.name in ENDING)


def _on_unassigned_tasks(scene: Scene) -> Iterator[tuple[Call, Call]]:
    """Every address that names a task, or what is on one, of a task of the expert's own project that is not assigned to them, and of none; by turns
    in each of the four ways. In queries and bodies too, on what experts may call."""
    ways = itertools.cycle(WAYS)
    hidden_ids = {kind: scene.unassigned.ids[kind] for kind in ("task", "annotation", "annotationdraft", "prediction")}
    # Every kind has an id, so that both are as many addresses; where both are the same, nothing of the task is named.
    ids = {**scene.foreign.ids, **scene.unassigned.ids}
    named = replace(scene.unassigned, ids=ids)
    absent = replace(scene.unassigned.absent(), ids={**ids, **dict.fromkeys(hidden_ids, ABSENT)})
    for pattern in scene.patterns:
        for hidden, none in zip(addresses(pattern, named), addresses(pattern, absent), strict=True):
            if hidden == none:
                continue
            for method in METHODS:
                body = {"json": {"title": "overwritten", "result": RESULT}} if method in WRITING else {}
                who = f"{EXPERT}, {next(ways)}"
                yield Call(who, method, hidden, body), Call(who, method, none, body)
    for pattern in _about_work(scene):
        address = list(addresses(pattern, scene.own))[-1]
        for method in sorted(ALLOWED[pattern.key].methods - {"HEAD", "OPTIONS"}):
            who = f"{EXPERT}, {next(ways)}"
            for key, kind in KEYS:
                if kind in hidden_ids:
                    both = (naming(key, number, method) for number in (hidden_ids[kind], ABSENT))
                    yield from (_pair(who, method, address, *named) for named in zip(*both, strict=True))


def _asking_for_more(scene: Scene) -> Iterator[Call]:
    """On what experts may call, about their own: query strings that ask for more than a list usually shows."""
    ways = itertools.cycle(WAYS)
    for address in _own_addresses(scene):
        for query in queries(scene.hint):
            joint = "&" if "?" in address else "?"
            yield Call(f"{EXPERT}, {next(ways)}", "GET", f"{address}{joint}{urlencode({'project': scene.own.ids['project'], **query})}")


def _own_addresses(scene: Scene) -> Iterator[str]:
    return (address for pattern in _about_work(scene) for address in addresses(pattern, scene.own))


def _about_work(scene: Scene) -> Iterator[Pattern]:
    """What experts may call, apart from files and tokens."""
    starts = ("projects:", "data_manager:", "tasks:", "user-", "ml:", "labels_manager:")
    return (pattern for pattern in scene.patterns if pattern.key in ALLOWED and pattern.key.startswith(starts))


def _pairs_in_bodies(scene: Scene) -> Iterator[tuple[Call, Call]]:
    """On what experts may call, about their own: a foreign id somewhere else in the call, and one that nothing has."""
    ways = itertools.cycle(WAYS)
    for pattern in _about_work(scene):
        address = list(addresses(pattern, scene.own))[-1]  # the one that says which project
        for method in sorted(ALLOWED[pattern.key].methods - {"HEAD", "OPTIONS"}):
            who = f"{EXPERT}, {next(ways)}"
            for key, kind in KEYS:
                both = (naming(key, number, method) for number in (scene.foreign.ids[kind], ABSENT))
                yield from (_pair(who, method, address, *named) for named in zip(*both, strict=True))
            for kind in ("project", "task", "annotation", "view"):
                both_nested = (nested(kind, number) for number in (scene.foreign.ids[kind], ABSENT))
                yield from (_pair(who, method, address, *(("json", body) for body in two)) for two in zip(*both_nested, strict=True))


def _pair(who: str, method: str, address: str, *named: tuple[str, Any]) -> tuple[Call, Call]:
    def call(place: str, value: Any) -> Call:
        gone = method == "DELETE"  # for the second of the two, it has to be there again
        if place == "query":
            return Call(who, method, f"{address}{'&' if '?' in address else '?'}{urlencode(value)}", is_undone=gone)
        more = {"result": RESULT} if place == "json" and isinstance(value, dict) and method != "GET" and "result" not in value else {}
        return Call(who, method, address, {place: {**more, **value} if more else value}, is_undone=gone)

    first, second = (call(*one) for one in named)
    return first, second


def _pairs_of_addresses(scene: Scene) -> Iterator[tuple[Call, Call]]:
    """The address of a foreign object and that of none, by token and, in pages, by browser, on everything that has an id."""
    for pattern in scene.patterns:
        if not pattern.has_id:
            continue
        for hidden, absent in zip(addresses(pattern, scene.foreign), addresses(pattern, scene.foreign.absent()), strict=True):
            for method in METHODS:
                body = {"json": {"title": "overwritten", "result": RESULT}} if method in WRITING else {}
                yield Call(f"{EXPERT}, JWT", method, hidden, body), Call(f"{EXPERT}, JWT", method, absent, body)
            page = {"accept": "text/html"}
            yield Call(f"{EXPERT}, session", "GET", hidden, page), Call(f"{EXPERT}, session", "GET", absent, page)


def _odd_bodies(scene: Scene) -> Iterator[Call]:
    """On what experts may call, about their own: types that nobody should read, texts for truth, what cannot be written, each method with a body."""
    ways = itertools.cycle(WAYS)
    ids, colleague = scene.foreign.ids, scene.colleague["annotation"]
    wanted = {"ground_truth": True, "completed_by": ids["user"], "task": ids["task"], "parent_annotation": colleague, "result": "[]"}
    for pattern in _about_work(scene):
        address = list(addresses(pattern, scene.own))[-1]
        for method in METHODS:
            is_allowed = method in ALLOWED[pattern.key].methods
            bodies = [{"content": content, "type": kind} for kind, content in odd_types(wanted)]
            bodies += [{"content": content, "type": "application/json"} for content in UNWRITABLE]
            bodies += [{place: {"ground_truth": value, "result": RESULT if place == "json" else "[]"}} for value in UNTRUE for place in ("json", "form")]
            for body in bodies if is_allowed and method in WRITING else bodies[:: 9]:
                yield Call(f"{EXPERT}, {next(ways)}", method, address, body, is_undone=method == "DELETE")


def _odd_headers(scene: Scene) -> Iterator[Call]:
    """Every pattern, by the legacy token after one kind of white space, another from call to call, on a foreign project."""
    word, token = scene.identities[f"{EXPERT}, legacy token"]["headers"]["Authorization"].split()
    spaces = itertools.cycle([space for space in WHITE_SPACE if space != " "])
    for pattern in scene.patterns:
        for address in addresses(pattern, scene.foreign):
            for method in ("GET", "POST", "PATCH", "DELETE"):
                # As the last of those that come with a blank.
                *_, body = itertools.islice(bodies(method, scene.foreign.ids), 2 if pattern.key in ALLOWED else 1)
                header = {"headers": {"Authorization": f"{word}{next(spaces)}{token}"}}
                yield Call(f"{EXPERT}, legacy token", method, address, {**body, **header}, is_undone=pattern.name in ENDING)


def _managers_pages(scene: Scene) -> list[str]:
    """What has to answer a manager, whatever experts have written: list, task, tabs, people, export.

    As JSON: CSV fails in stock, too, once a result is of another type than its control (1.23.2), as the colleague's here is.
    """
    project, task = scene.own.ids["project"], scene.own.ids["task"]
    return [
        f"/api/tasks?project={project}&fields=all", f"/api/tasks/{task}/", f"/api/dm/views/?project={project}", "/api/users/",
        "/api/organizations/1/memberships", f"/api/projects/{project}/export?exportType=JSON",
    ]


@dataclass(frozen=True)
class Crawled:
    """What was asked and what was answered, by the question that it is about."""

    told: Mapping[str, Sequence[tuple[Call, Answer]]]
    changed: Sequence[str]


def _part(groups: Iterable[tuple[Call, ...]], one_of: int) -> list[Call]:
    """One of so many calls, by a stable hash of what is asked, without numbers: the same in each run."""
    return [
        call for group in groups if zlib.crc32(re.sub(r"[0-9a-f]{6,}|[0-9]", "", str(group[0])).encode()) % one_of == 0 for call in group
    ]


@pytest.fixture(scope="module")
def scene(label_studio: LabelStudio) -> Scene:
    """One of the crawl's own: the expert changes what is theirs."""
    return build(label_studio)


@pytest.fixture(scope="module")
def crawled(
    label_studio: LabelStudio, scene: Scene, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config,
) -> Crawled:
    """The crawl, once for all tests of it: a tenth of it on each database; all where everything is asked for."""
    one_of = 1 if pytestconfig.getoption("everything") else ONE_OF
    asked = {
        "addresses": _part(((call,) for call in _on_foreign_addresses(scene)), one_of),
        "more": _part(((call,) for call in _asking_for_more(scene)), one_of),
        "bodies": _part(_pairs_in_bodies(scene), one_of), "absent": _part(_pairs_of_addresses(scene), one_of),
        "unassigned": _part(_on_unassigned_tasks(scene), one_of),
        "odd bodies": _part(((call,) for call in _odd_bodies(scene)), one_of), "odd headers": _part(((call,) for call in _odd_headers(scene)), one_of),
    }
    before = time.monotonic()
    answers, changed = make(
        label_studio, tmp_path_factory.mktemp("crawl"), scene.identities, [call for calls in asked.values() for call in calls],
        canary=scene.canary, numbers=scene.numbers, others=scene.others, processes=2,
        still=(f"{ROOT}, session", _managers_pages(scene)),
    )
    left = iter(answers)
    told = {about: [(call, next(left)) for call in calls] for about, calls in asked.items()}
    print(
        f"{len(scene.patterns)} patterns of the live resolver; {len(answers)} calls in {time.monotonic() - before:.0f} s: "
        + ", ".join(f"{len(calls)} {about}" for about, calls in asked.items()),
        "\nIn turn, not all by all: the newcomer and those whose membership has ended or was revoked come by one of the four ways in,"
        " another from call to call; what is refused to experts by its name, one of the three tries. The expert tries all in every way.",
        "\nanswers:", sorted(Counter(answer.status for answer in answers).items()),
    )
    return Crawled(told, changed)


def test_every_allowed_name_is_in_the_live_resolver(scene: Scene) -> None:
    """A name with a typing error, or one that Label Studio has dropped, allows nothing and should not be listed."""
    live = {pattern.key for pattern in scene.patterns}
    assert sorted(set(ALLOWED) - live) == [], f"allowed: {sorted(ALLOWED)}"


def test_no_address_shows_anything_of_a_foreign_project(crawled: Crawled) -> None:
    """Every pattern, every method, every way in, whatever is named or asked for: no canary in any answer, header or error."""
    problems = [line for told in crawled.told.values() for line in _problems(told)]
    assert not problems, _listed(problems)


def test_nothing_of_others_is_changed(crawled: Crawled) -> None:
    """After all writes, every row and file of others is as it was."""
    assert [line for line in crawled.changed if not line.startswith("no longer answers")] == []


def test_whatever_experts_write_managers_pages_still_answer(crawled: Crawled) -> None:
    """Asked after every few writes and at the end: list, task, tabs, people and exports of the project that experts write in."""
    assert [line for line in crawled.changed if line.startswith("no longer answers")] == []


def test_odd_bodies_are_refused_and_odd_headers_tell_as_much_as_plain_ones(crawled: Crawled) -> None:
    """What is of no readable type or cannot be written: never a success. White space in a header: as a blank there."""
    taken = [
        f"{call}: {answer.status}" for call, answer in crawled.told["odd bodies"]
        if "content" in call.options and call.method in WRITING and answer.status < 400
    ]
    assert not taken, _listed(taken)
    plain = {_asked(call): answer.status for call, answer in crawled.told["addresses"] if call.who == f"{EXPERT}, legacy token"}
    differ = [
        f"{call}: {answer.status}, with a blank {plain[_asked(call)]}" for call, answer in crawled.told["odd headers"]
        if plain.get(_asked(call), answer.status) != answer.status
    ]
    assert not differ, _listed(differ)


def test_a_foreign_id_in_a_query_or_a_body_answers_as_one_that_does_not_exist(crawled: Crawled) -> None:
    """On every address that experts may call, with objects of their own."""
    different = _different(crawled.told["bodies"])
    assert not different, _listed(different)


def test_an_unassigned_task_of_ones_own_project_answers_as_one_that_does_not_exist(crawled: Crawled) -> None:
    """Its address and those of what is on it, and its id in queries and bodies: the same status and words. (No canary is in any answer, besides.)"""
    different = _different(crawled.told["unassigned"], counts_statements=False)
    assert not different, _listed(different)


def test_an_address_of_a_foreign_object_answers_as_one_that_does_not_exist(crawled: Crawled) -> None:
    """Same status, same headers, same body, on everything that has an id, in pages as in the API."""
    different = _different(crawled.told["absent"])
    assert not different, _listed(different)


def test_over_the_network_it_answers_as_it_does_inside(label_studio: LabelStudio, scene: Scene, crawled: Crawled) -> None:
    """Each address that experts may call, with sockets and a server: the same status as in the crawl, and no canary."""
    inside = {(call.who, call.method, call.address): answer.status for call, answer in crawled.told["addresses"] if not call.is_undone}
    ways, turn = scene.people[EXPERT].ways_in(), itertools.cycle(WAYS)
    # Without those that would end the way in itself.
    tried = [pattern for pattern in scene.patterns if pattern.key in ALLOWED and pattern.name not in ENDING]
    asked = [(next(turn), address) for pattern in tried for address in addresses(pattern, scene.foreign)]

    def ask(one: tuple[str, str]) -> str | None:
        way, address = one
        answer = ways[way].get(address, headers={"Accept": "text/html"} if way == "session" else {}, follow_redirects=False)
        expected = inside.get((f"{EXPERT}, {way}", "GET", address), answer.status_code)
        shows = scene.canary in (answer.text + str(answer.headers)).lower()
        return f"{way}: {address}: {answer.status_code}, inside {expected}" if shows or answer.status_code != expected else None

    with ThreadPoolExecutor(8) as pool:
        differ = [line for line in pool.map(ask, asked) if line]
    assert differ == [] and len(asked) > 60


def test_a_personal_access_token_itself_is_no_way_in(label_studio: LabelStudio, scene: Scene) -> None:
    """It has to be exchanged for an access token; shown as it is, nobody is signed in."""
    personal = scene.identities[f"{EXPERT}, JWT"]["refresh"]
    for headers in ({"Authorization": f"Bearer {personal}"}, {"Authorization": f"Token {personal}"}, {"X-Api-Key": personal}):
        http = label_studio.client(headers)
        for address in ("/api/projects/", f"/api/projects/{scene.foreign.ids['project']}/", f"/api/tasks/{scene.foreign.ids['task']}/"):
            answer = http.get(address)
            assert answer.status_code == 401 and scene.canary not in answer.text.lower(), (headers, address)


def test_a_body_is_looked_into_however_it_is_written(label_studio: LabelStudio, scene: Scene) -> None:
    """JSON, forms, another charset, a body with a GET: a foreign id in it is found, and one's own goes through."""
    own, foreign = scene.own.ids, scene.foreign.ids
    address, http = f"/api/annotations/{own['annotation']}/", scene.people[EXPERT].ways_in()["JWT"]
    assert http.patch(address, data={"task": own["task"]}).status_code == 200
    assert http.patch(address, data={"task": foreign["task"]}).status_code == 404
    assert http.patch(address, files={"task": (None, str(foreign["task"]))}).status_code == 404
    hidden = {"headers": {"Content-Type": "application/json; charset=utf-7"}, "content": f'+AHs-"task": {foreign["task"]}+AH0-'}
    assert http.patch(address, **hidden).status_code == 415
    assert http.request("GET", "/api/tasks/", json={"view": foreign["view"]}).status_code == 404
    assert http.patch(address, json={"completed_by": foreign["user"]}).status_code == 404
    assert label_studio.admin.get(address).json()["task"] == own["task"]


def test_experts_do_not_set_the_standard(scene: Scene) -> None:
    """The mark for ground truth is refused; saying that there is none is not."""
    address, http = f"/api/annotations/{scene.own.ids['annotation']}/", scene.people[EXPERT].ways_in()["JWT"]
    assert http.patch(address, json={"ground_truth": True}).status_code == 403
    assert http.patch(address, data={"ground_truth": "on"}).status_code == 403
    answer = http.patch(address, json={"ground_truth": False})
    assert (answer.status_code, answer.json()["ground_truth"]) == (200, False)


def _asked(call: Call) -> tuple[str, str, str]:
    """What is asked, whoever asks and however they show it."""
    return call.method, call.address, json.dumps({name: value for name, value in call.options.items() if name in ("json", "form", "content")})


def _listed(lines: Sequence[str]) -> str:
    """The first of them, one below the other."""
    return "\n".join([f"{len(lines)} of them:", *lines[:60]])


def _different(told: Sequence[tuple[Call, Answer]], *, counts_statements: bool = True) -> list[str]:
    """Neighbours that should be alike and are not: what is said, what is written, and, for time tells too, how much is looked up.

    That is not counted inside one's own project: whose a task is there is a query more.
    """

    def seen(answer: Answer) -> tuple[object, ...]:
        statements = answer.statements if counts_statements else 0
        return (answer.status, answer.wrote, statements, answer.digest) if answer.status >= 400 else (answer.status,)

    return [
        f"{call}: {hidden.status} {hidden.wrote} {hidden.statements} {hidden.excerpt}"
        f" / {absent.status} {absent.wrote} {absent.statements} {absent.excerpt}"
        for (call, hidden), (_, absent) in zip(told[::2], told[1::2], strict=True) if seen(hidden) != seen(absent)
    ]


def _problems(told: Sequence[tuple[Call, Answer]]) -> list[str]:
    """What is wrong with the answers, if anything: a canary in it, a server that broke, a call to another machine."""
    return [
        f"{call}: {answer.status} {answer.canary or ''} {answer.outward or ''} {answer.excerpt}"
        for call, answer in told
        if answer.canary or answer.outward or (answer.status >= 500 and not any(known in answer.excerpt for known in BROKEN_IN_STOCK))
    ]
