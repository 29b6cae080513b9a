"""The editor features. A feature is a module of this package with a function ``register(server)``; adding one touches
no other file."""
