"""Use cases on the pre-labels of a project, shared by commands, worker and pages."""
