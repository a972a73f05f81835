"""What operators are told of without asking: requests that wait for administrators, certificates that end soon."""
