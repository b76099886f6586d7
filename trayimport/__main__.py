"""`python -m trayimport`."""

from trayimport.entry import main

if __name__ == "__main__":
    main()
