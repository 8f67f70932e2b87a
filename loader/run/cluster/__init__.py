"""Let the workers of a Dask cluster read the files. Nothing else imports dask."""
