"""The pages on which an organization is set up: what holds in it, who belongs to it, and how its people sign in."""
