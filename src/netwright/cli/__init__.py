"""The command line: words become arguments of public functions, answers become text or JSON."""
