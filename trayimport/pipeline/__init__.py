"""The straight line that joins the parts: mappings → programs → plan → users → look-ups → guards → import."""
