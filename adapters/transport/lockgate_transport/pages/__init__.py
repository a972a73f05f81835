"""HTML pages for people: how they are made and sent, how their forms are read, and what protects both.

The console of the CA host and the enrolment page of the RA host are built upon it. There is no script, and nothing is
loaded from another server.
"""
