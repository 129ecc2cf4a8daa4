"""What scores mean: calibration, fusion, who is new, and which photos show one animal."""
