"""The CA's CMP service: who sends a message, what it may ask for, and what becomes of it.

A message is read and its protection verified outside the registry's unit of work (`reading`); everything else happens
inside it (`service`): the transaction, the requests by the core's own line (`lockgate.line.acting`), and the stored
answer. Rules that an operator decides stand in an alias (`aliases`).
"""
