"""Commands of ``ls-expert``: a file for each, named as the command, with what it prints on a terminal; ``main.py`` reads the arguments."""
