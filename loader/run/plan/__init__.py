"""Stage the operation of every row, show the plan, approve it. Nothing is sent."""
