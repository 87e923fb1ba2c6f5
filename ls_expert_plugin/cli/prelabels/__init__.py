"""Commands on the pre-labels of a project: batch runs, versions, evaluation, effect, cost."""
