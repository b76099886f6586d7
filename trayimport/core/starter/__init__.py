"""A first mapping for a service: its schema's keys, a sample's columns, and the text that joins them (`init`)."""
