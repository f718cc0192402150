"""What `make bench` runs: figures, each beside what it is measured against, in the same run."""
