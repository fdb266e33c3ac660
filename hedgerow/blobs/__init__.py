"""Files the server makes and keeps, as exports: in a folder of the data directory, or in S3-compatible storage."""
