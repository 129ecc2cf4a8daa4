"""Photos → annotations → features → candidates; every stage resumes by skipping what exists."""
