"""`python -m tests`: every test, in two streams at once, as those with a browser mostly wait for something."""

import subprocess
import sys
import tempfile

WITH_A_BROWSER = ("tests/browser",)
THE_REST = ("tests", "--ignore=tests/browser")


def main() -> int:
    """Run both streams; what the first prints follows after the second. The worse exit code is the answer."""
    pytest = (sys.executable, "-m", "pytest", "-q")
    with tempfile.TemporaryFile() as printed:
        browser = subprocess.Popen((*pytest, *WITH_A_BROWSER), stdout=printed, stderr=printed)
        rest = subprocess.run((*pytest, *THE_REST), check=False)
        code = browser.wait()
        printed.seek(0)
        sys.stdout.write(printed.read().decode(errors="replace"))
    return max(code, rest.returncode)


sys.exit(main())
