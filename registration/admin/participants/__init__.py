"""The list of participants in protocol order, for the Secretariat and the host."""
