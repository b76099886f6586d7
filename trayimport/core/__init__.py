"""The pure middle: no files, clock, environment, network, log or randomness."""
