"""Trains the cutout network; not part of the wheel."""
