"""Which side of the animal is seen."""
