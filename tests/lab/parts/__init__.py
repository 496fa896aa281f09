"""What stands on a lab's gateway: one module a technology, each with functions that build on a Site."""
