"""What runs the centre on one machine: the private PostgreSQL server and the supervisor. No Django here."""
