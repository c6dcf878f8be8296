"""The command line: cli and its groups of commands · pipeline and stages, what they run · output, what they print."""
