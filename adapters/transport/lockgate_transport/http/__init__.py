"""HTTP servers on exposed hosts, bounded in size, time and number."""
