"""The enrolment page of an RA host: certificates and keystores for people with a browser and a one-time password."""
