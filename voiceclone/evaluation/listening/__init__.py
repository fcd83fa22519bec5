"""Listening tests with people: a page that needs no server, and the score of what they send back."""
