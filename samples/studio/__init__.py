"""The virtual photo studio behind Packshot's sample pictures (needs Blender's ``bpy`` module)."""
