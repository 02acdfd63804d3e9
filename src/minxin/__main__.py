"""``python -m minxin`` is the same as the installed command ``minxin``."""

import sys

from minxin.deploy.cli import main

sys.exit(main())
