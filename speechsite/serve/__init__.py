"""The embedded form of the site: broker, web, workers and beat as one process tree."""
