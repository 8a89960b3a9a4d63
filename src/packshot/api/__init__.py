"""The HTTP door: `app` puts it together, one router a resource, `problems` says what went wrong."""
