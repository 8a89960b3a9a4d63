"""Weights: networks in files that a shop adds to its own machine, each with a card that says where it is from and under
which licence. None comes with the package, and none is fetched without being asked for."""
