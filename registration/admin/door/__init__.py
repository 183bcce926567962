"""Reception's pages: who is expected, who comes without a registration, badges."""
