"""What people bring: files for drop folders, workbooks, documents; kept as they came, looked into, taken."""
