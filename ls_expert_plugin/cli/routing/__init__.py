"""Commands on who may work on what: requirements from a file, explanations, reconciliation, audit."""
