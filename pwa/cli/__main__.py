"""`python -m pwa.cli` is `inkling`."""

from pwa.cli import main

main()
