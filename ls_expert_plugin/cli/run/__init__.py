"""Commands that run something: Label Studio, the service, the worker, the ML backend, migrations."""
