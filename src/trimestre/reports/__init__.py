"""What people read: tables and documents, and the one place of their Spanish sentences."""
