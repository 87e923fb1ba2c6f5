"""Pages of the review: queue, dossier, decisions, credential checks, live interview."""
