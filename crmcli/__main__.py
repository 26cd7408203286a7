"""The program `crm`."""

import sys


def main() -> None:
    from crmcli.cli import main as run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
