"""HogQLMetadata: what is wrong with a text of HogQL, and what it reads. Never an error of its own."""
