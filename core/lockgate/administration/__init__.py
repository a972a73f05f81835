"""The data that operators of the CA host name, look for and read. Commands and the CA's side share it."""
