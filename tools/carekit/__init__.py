"""What the verbs of tools/care.py are made of. Standard library only: it runs before pip has."""
