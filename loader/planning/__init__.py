"""What a plan does with each row of a sheet of offers that exist. Pure."""
