"""Names across files: who imports what from where, and every place that speaks of it."""
