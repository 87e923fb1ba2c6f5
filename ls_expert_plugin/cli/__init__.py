"""Commands of ``ls-expert``: a file for each, named as the command, in folders by what they are for; ``main.py`` puts them together.

Each has ``add_parser``, which says its arguments, and ``run``, which returns the exit code. What needs the service's libraries is imported when a command
runs: ``ls-expert label-studio`` starts in Label Studio's environment, where there is no SQLAlchemy.
"""
