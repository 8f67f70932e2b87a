"""The command `loader` as it is where pip installed it, without what is only there for the tests.

pandera imports hypothesis wherever it finds it: a tenth of a start that no user pays.
"""

import sys

if __name__ == "__main__":
    sys.modules["hypothesis"] = None  # type: ignore[assignment]  # so an import of it fails

    from loader.__main__ import main

    sys.exit(main())
