"""Everything that runs inside Label Studio. Imports Django and Label Studio, never SQLAlchemy or openai."""
