"""The filters of templates, one module per kind."""
