"""What crosses a wire: HTTP servers, SCEP, and this host's side of it."""
