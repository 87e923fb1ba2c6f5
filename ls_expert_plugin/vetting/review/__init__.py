"""Review: the dossier, the policy evaluated, decisions of reviewers, appeals, and rechecks."""
