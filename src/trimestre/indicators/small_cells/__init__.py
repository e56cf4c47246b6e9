"""What an audience may be told of figures about people, so that nobody is found in them."""
