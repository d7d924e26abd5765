"""`quality source draft`: propose a source YAML from the headers and values of a provider's file."""
