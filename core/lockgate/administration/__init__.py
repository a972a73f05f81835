"""What operators of the CA host name, look for and are shown: plain data, which commands and the CA's side share."""
