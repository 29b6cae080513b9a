"""STeP: streaming tensor programs."""
