"""What the image runs: the program, with the container's arguments and environment."""

import os
import sys

from atlantis_gate.cli import main

raise SystemExit(main(sys.argv[1:], os.environ))
