"""The authorities of the country and all who work with them: regulators, laboratories, brands, customs,
standards, complaints."""
