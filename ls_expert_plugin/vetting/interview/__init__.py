"""The interview: its session, the planner of questions, coverage, contradictions, and taking over by a person."""
