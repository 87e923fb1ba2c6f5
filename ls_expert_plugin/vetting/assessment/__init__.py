"""Assessment of interviews: evidence for each competency, read on rubric levels, and scored again where the rubric changed."""
