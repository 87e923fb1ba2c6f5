"""What attackers try: the crawl and its scene, and orders in which things come between each other."""
