"""The one place that touches a database."""
