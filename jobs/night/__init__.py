"""A night: jobs.night.runner draws its flow."""
