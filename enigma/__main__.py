"""`python -m enigma`: the command line."""
from enigma.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
