"""The program `crm`."""

import signal
import sys


def main() -> None:
    interrupted = 130

    def stop(number: int, _frame: object) -> None:
        nonlocal interrupted
        interrupted = 128 + number
        # A second one ends the program at once.
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    # What is half written is put away, as when somebody presses Ctrl-C.
    signal.signal(signal.SIGTERM, stop)
    try:
        from crmcli.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(interrupted if code == 130 else code)


if __name__ == "__main__":
    main()
