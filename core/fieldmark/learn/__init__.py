"""Learning: recipes, labelled data, their checks and their splits; the plugins own the networks."""
