"""Trained models: classifiers, span tagger, their features, and the registry that keeps them."""
