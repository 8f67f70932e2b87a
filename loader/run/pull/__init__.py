"""Write what a target has into a sheet that can be edited and planned from."""
