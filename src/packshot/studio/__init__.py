"""The virtual studio: sets with a known camera and geometry, rendered in linear light, without assets or weights."""
