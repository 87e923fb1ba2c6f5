"""The Flask application: factory, sign-in, base pages, error map."""
