"""Workbooks: what is inside the archive, and the cells of each format."""
