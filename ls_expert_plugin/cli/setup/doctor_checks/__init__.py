"""What ``ls-expert doctor`` looks at: a module for each side of an installation, each check a generator of findings."""
