"""`lockgate serve`: everything that a host runs, a process for each part, and who starts, watches and ends them."""
