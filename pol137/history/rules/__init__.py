"""What a row of a former system means here. Pure: the city and the clock are arguments."""
