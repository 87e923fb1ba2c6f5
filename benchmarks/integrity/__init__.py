"""How the service and the extension grow: every page, call and round at 10⁴, 10⁵ and 10⁶ annotations."""
