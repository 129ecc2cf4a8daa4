"""What a person reads after an identification: pictures, tables, one HTML page."""
