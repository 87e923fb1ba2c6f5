"""Reading what people and programs write, strictly: YAML files with line numbers, JSON bodies, and what is wrong with them."""
