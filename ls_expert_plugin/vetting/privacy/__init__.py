"""Privacy of candidates: erasure, retention, and the adverse-impact report on voluntary answers."""
