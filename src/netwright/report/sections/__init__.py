"""The sections of the report, from the verdict to the command that gives it again."""
