"""Serving: Label Studio's ML backend protocol over HTTP, and the predictor that answers, each request's work done once."""
