"""Whether the portal is well: what its parts say of themselves, what a worker finds, and who is told."""
