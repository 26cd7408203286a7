"""The program `crm`."""

import sys


def main() -> None:
    import signal

    stopped: list[int] = []

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopped.append(number)
        raise KeyboardInterrupt

    # What is half written is put away, as when somebody presses Ctrl-C.
    signal.signal(signal.SIGTERM, stop)
    try:
        from crmcli.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(128 + stopped[0] if stopped and code == 130 else code)


if __name__ == "__main__":
    main()
