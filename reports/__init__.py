"""Report formats: `FORMATS` is the list that the command line offers."""
