"""`python -m trayimport`."""

from trayimport.cli import main

if __name__ == "__main__":
    main()
