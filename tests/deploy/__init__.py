"""The set-up for a server, on a real PostgreSQL and a real reverse proxy."""
