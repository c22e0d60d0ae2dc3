"""`python -m bench [ROW ...]`: measures the named rows, all of them without a name; a table, or JSON with --json."""

import argparse
import json

from bench import bubble

ROWS = {"bubble": bubble.measure}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    asked = parser.parse_args()
    measured = {name: ROWS[name]() for name in asked.rows or ROWS}
    if asked.json:
        print(json.dumps(measured, indent=2))
        return
    for name, lines in measured.items():
        print(f"\n{name}")
        width = max(len(key) for line in lines for key in line)
        for line in lines:
            print("  " + "   ".join(f"{key} {value:<{width - len(key) + 8}}" for key, value in line.items()).rstrip())


main()
