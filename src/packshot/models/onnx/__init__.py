"""Networks in ONNX files behind our ports. Each module is one layout: what goes in, and what comes out, exactly as the
network's authors have it."""
