"""What a family may ask of us: to be told, to have a copy, to be forgotten when the time has come."""
