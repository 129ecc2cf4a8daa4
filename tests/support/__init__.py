"""What several tests share: real parts, no stand-ins."""
