"""Request context: all that enforcement decides by, about one call and one of its callers, as a frozen value. Pure.

``guard/context_builder.py`` builds it, once; what decides takes it and looks nothing up. A call that shows two identities has two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.call import Call
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import AllowedEndpoint
from ls_expert_plugin.label_studio.enforcement.request.object_ids import NamedObjects
from ls_expert_plugin.label_studio.permissions.caller_access import Kind, ObjectKey, ObjectRef, ProjectAccess, ViewColumns

_KEPT = "_ls_expert_contexts"


@dataclass(frozen=True)
class RequestContext:
    """``rule``: what lets experts make this call, if anything. ``viewer``: Label Studio's user, known by ``pk``. ``body``: parsed; ``BodyRefused``
    where it may not pass; None, as with ``named``, where nobody has had to read it. ``objects``, ``tabs``: where everything is that the call names.
    ``access``: by project of those; None: no member. ``visible_tasks``: of the tasks named, the viewer's own.
    """

    call: Call
    rule: AllowedEndpoint | None
    viewer: Any
    is_manager: bool = False
    # Whether it asks for the answer as it is, as far as experts may.
    has_shape: bool = True
    body: Body | BodyRefused | None = None
    named: NamedObjects | None = None
    objects: Mapping[ObjectKey, ObjectRef] = field(default_factory=dict)
    tabs: Mapping[int, ViewColumns] = field(default_factory=dict)
    access: Mapping[int, ProjectAccess | None] = field(default_factory=dict)
    visible_tasks: frozenset[int] = frozenset()
    # Tasks that are shown without a pre-label.
    blind: BlindArm = NO_BLIND_ARM

    @property
    def fields(self) -> Sequence[tuple[str, Any]]:
        """Top-level fields of the body; none of one that may not pass."""
        return self.body.fields if isinstance(self.body, Body) else ()

    def object_ref(self, kind: Kind, pk: int) -> ObjectRef:
        """Where a thing is. One that was not looked up is nowhere."""
        return self.objects.get((kind, pk), ObjectRef())

    def access_to(self, ref: ObjectRef) -> ProjectAccess | None:
        """What the viewer has in the project of a thing."""
        return self.access.get(ref.project_id) if ref.project_id is not None else None

    @property
    def shows_others_work(self) -> bool:
        """Whether the call names projects, and each shows its members each other's work."""
        return bool(self.access) and all(access is not None and access.shows_others_work for access in self.access.values())


def keep(request: Any, contexts: Sequence[RequestContext]) -> None:
    """Leave with the request by what it was let through, for the view's own guard."""
    request.__dict__[_KEPT] = tuple(contexts)


def kept_contexts(request: Any) -> tuple[RequestContext, ...]:
    """What the guard has let through; nothing where it has not run."""
    contexts: tuple[RequestContext, ...] = request.__dict__.get(_KEPT, ())
    return contexts
