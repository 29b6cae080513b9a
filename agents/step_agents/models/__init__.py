"""Language models behind one small protocol: a prompt in, a completion with its usage out."""
