"""Predictions by a language model: prompt, reply schema, few-shot examples, self-consistency, quotes, budget."""
