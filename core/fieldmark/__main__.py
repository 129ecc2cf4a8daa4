"""Run the command line as `python -m fieldmark`."""

import sys

from fieldmark.cli import main

if __name__ == "__main__":
    sys.exit(main())
