"""The enrolment protocols' pure rules: what a request may ask for, which answer it gets, which failure a refusal is."""
