"""What a request does, as data: what it states, which rights and approvals that needs, and how it is carried out."""
