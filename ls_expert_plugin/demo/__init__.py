"""Demo content: projects, accounts and the loader that fills them in once."""
