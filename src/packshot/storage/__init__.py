"""Bytes and files on one side, `Image` on the other."""
