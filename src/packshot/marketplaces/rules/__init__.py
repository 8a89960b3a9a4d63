"""The rules of each marketplace for its main picture, as YAML; `template.yaml` is the start of one's own."""
