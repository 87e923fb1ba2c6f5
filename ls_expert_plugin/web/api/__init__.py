"""JSON API of the service under ``/api/v1``, its authentication, and incoming webhooks."""
