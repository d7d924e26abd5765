"""`quality source draft`: a source YAML proposed from the headers and values of a provider's file."""
