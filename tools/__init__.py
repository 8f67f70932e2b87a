"""What makes the reference pages of docs/ and templates/; not shipped."""
