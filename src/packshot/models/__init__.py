"""Models behind the ports: what cuts, paints, reads or upscales."""
