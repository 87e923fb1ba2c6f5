"""What ``ls-expert connect`` says of a project."""

from __future__ import annotations

from ls_expert_plugin.cli.setup.connect import lines
from ls_expert_plugin.prelabels.connection import ProjectConnection


def test_a_project_has_a_line_and_one_for_each_control_without_pre_labels() -> None:
    """What was set up now and what was there; why it could not be; a project that the service does not know has a number alone."""
    refused = ("Video “v” gets no pre-labels.",)
    assert list(lines(ProjectConnection(3, "Clauses", refused, is_new_webhook=True))) == [
        "project 3 Clauses: Video “v” gets no pre-labels.", "project 3 Clauses: webhook registered, ML backend unchanged",
    ]
    assert list(lines(ProjectConnection(4, None, problem="There is no such project."))) == ["project 4: There is no such project."]
