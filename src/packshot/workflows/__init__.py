"""Graphs over many pictures and models, for what a recipe cannot say; the only place that knows LangGraph."""
