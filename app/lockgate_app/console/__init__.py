"""What the console shows, read by the objects with which the commands of the CA host read."""
