raise RuntimeError("not configured")
